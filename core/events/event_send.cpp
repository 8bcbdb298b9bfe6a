// SPDX-License-Identifier: MIT
// Sending, and what else uses a channel without changing it. No lock but, for FIFO, that of the receiving vCPU's queues.
#include "core/events/event_queues.hpp"
#include "core/events/event_table.hpp"

namespace xenolith {

Vcpu* EventTable::vcpu_of(const Channel& channel) const {
  return domain_.vcpu(VcpuId{channel.notify_vcpu.load(std::memory_order_relaxed)});
}

Result<void> EventTable::send(Port port) {
  Channel* channel = directory_.find(port);
  if (!channel) return Failure{XEN_EINVAL};
  ChannelGuard guard{channel->use};
  if (guard && channel->consumer) return Failure{XEN_EINVAL};
  switch (guard.state()) {
    case ChannelState::interdomain: deliver_to(*channel->peer.load(std::memory_order_relaxed)); return {};
    case ChannelState::ipi: deliver(*channel); return {};
    case ChannelState::unbound:
    case ChannelState::changing: return {};  // nobody is there to receive it, or not any more
    default: return Failure{XEN_EINVAL};
  }
}

void EventTable::send_for_hypervisor(Port port) {
  Channel* channel = directory_.find(port);
  if (!channel) return;
  ChannelGuard guard{channel->use};
  if (guard.state() == ChannelState::interdomain && channel->consumer)
    deliver_to(*channel->peer.load(std::memory_order_relaxed));
}

// Under a guard of the other end.
void EventTable::deliver_to(Channel& peer) {
  if (!peer.consumer) [[likely]] return peer.table.deliver(peer);
  if (Vcpu* vcpu = peer.table.vcpu_of(peer)) peer.consumer(*vcpu, peer.port);
}

// Under a guard of the channel or of its peer.
void EventTable::deliver(Channel& channel) {
  Vcpu* vcpu = vcpu_of(channel);
  FifoArray* fifo = fifo_.load(std::memory_order_acquire);  // pairs with the release in enter_fifo()
  bool was_pending = fifo ? set_pending_fifo(*fifo, vcpu, channel) : two_level_.set_pending(vcpu, channel.port);
  // pairs with begin_poll(), which counts itself before it looks at the pending bit
  if (!was_pending && polls_.load(std::memory_order_seq_cst) != quiet_polls_.load(std::memory_order_relaxed))
    wake_pollers(channel.port);
}

bool EventTable::set_pending_fifo(FifoArray& array, Vcpu* vcpu, Channel& channel) {
  event_word_t* word = array.word(channel.port);
  if (!word) [[unlikely]] {
    bool was_early = channel.early.exchange(true, std::memory_order_seq_cst);
    word = array.word(channel.port);  // the page may have come just now: then who takes the flag delivers
    if (!word || !channel.early.exchange(false, std::memory_order_seq_cst)) return was_early;
  }
  bool was_pending = guest_test_and_set(word, EVTCHN_FIFO_PENDING);
  // Masked: the guest looks at PENDING when it unmasks. Linked: it does when it takes the event from the queue.
  event_word_t seen = __atomic_load_n(word, __ATOMIC_SEQ_CST);
  if (seen & (1u << EVTCHN_FIFO_MASKED | 1u << EVTCHN_FIFO_LINKED)) return was_pending;
  if (vcpu && vcpu->event_queues()->has_control_block() && EventQueues::link(array, *vcpu, channel)) vcpu->raise_upcall();
  return was_pending;
}

bool EventTable::notify(Port port, ChannelState wanted, u32 number) {
  if (port == Port{0}) return false;
  Channel* channel = directory_.find(port);
  if (!channel) return false;
  ChannelGuard guard{channel->use};
  if (guard.state() != wanted || channel->number != number) return false;
  deliver(*channel);
  return true;
}

Result<void> EventTable::unmask(Port port) {
  Channel* channel = directory_.find(port);
  if (!channel) return Failure{XEN_EINVAL};
  ChannelGuard guard = ChannelGuard::waiting(channel->use);
  if (!guard || channel->consumer) return {};
  Vcpu* vcpu = vcpu_of(*channel);
  FifoArray* fifo = fifo_.load(std::memory_order_acquire);
  if (!fifo) {
    two_level_.unmask(vcpu, port);
  } else if (event_word_t* word = fifo->word(port)) {
    guest_test_and_clear(word, EVTCHN_FIFO_MASKED);
    if (guest_test(word, EVTCHN_FIFO_PENDING)) set_pending_fifo(*fifo, vcpu, *channel);
  }
  return {};
}

Result<void> EventTable::set_priority(Port port, u32 priority) {
  Channel* channel = directory_.find(port);
  if (!channel) return Failure{XEN_EINVAL};
  if (!uses_fifo()) return Failure{XEN_ENOSYS};
  ChannelGuard guard = ChannelGuard::waiting(channel->use);
  if (!guard || channel->consumer) return Failure{XEN_EACCES};
  if (priority > EVTCHN_FIFO_PRIORITY_MIN) return Failure{XEN_EINVAL};
  channel->priority.store(static_cast<u8>(priority), std::memory_order_relaxed);
  return {};
}

// Under a guard of the channel, or its lock.
bool EventTable::pending_now(Port port) const {
  FifoArray* fifo = fifo_.load(std::memory_order_acquire);
  return fifo ? fifo->is_pending(port) : two_level_.is_pending(port);
}
bool EventTable::masked_now(Port port) const {
  FifoArray* fifo = fifo_.load(std::memory_order_acquire);
  return fifo ? fifo->is_masked(port) : two_level_.is_masked(port);
}

bool EventTable::is_pending(Port port) {
  Channel* channel = directory_.find(port);
  if (!channel) return false;
  ChannelGuard guard = ChannelGuard::waiting(channel->use);
  return guard && !channel->consumer && pending_now(port);
}

// A poll that begins meanwhile has counted itself after `polls` was read, and is looked at again by the next event.
void EventTable::wake_pollers(Port port) {
  u32 polls = polls_.load(std::memory_order_seq_cst);
  bool somebody_waits = false;
  domain_.for_each_vcpu([&](Vcpu& vcpu) {
    if (!(vcpu.stops() & Vcpu::polling)) return;
    u32 wanted = vcpu.poll_port.load(std::memory_order_relaxed);
    if (wanted == 0 || wanted == port.raw()) vcpu.resume_if_stopped(Vcpu::polling);
    else somebody_waits = true;
  });
  if (!somebody_waits) quiet_polls_.store(polls, std::memory_order_relaxed);
}

}  // namespace xenolith
