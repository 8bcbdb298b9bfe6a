// SPDX-License-Identifier: MIT
// Closing channels: one, all for a reset, all for good.
#include <algorithm>

#include "core/events/event_queues.hpp"
#include "core/events/event_table.hpp"
#include "core/events/virq.hpp"

namespace xenolith {
namespace {
constexpr u32 ports_per_step = 64;
}

Result<void> EventTable::close(Port port) {
  return ports_.with([&](Ports& ports) { return close_locked(ports, port, Closer::guest); });
}

void EventTable::close_for_hypervisor(Port port) {
  ports_.with([&](Ports& ports) {
    // Fails when teardown was faster.
    static_cast<void>(close_locked(ports, port, Closer::hypervisor).failed());
  });
}

// The peer is read before the locks are taken, so that they can be taken in order, and once more afterwards.
Result<void> EventTable::close_locked(Ports& ports, Port port, Closer closer) {
  Channel* channel = directory_.find(port);
  if (!channel) return Failure{XEN_EINVAL};
  for (;;) {
    Channel* peer = channel->peer.load(std::memory_order_acquire);
    ChannelLock lock{*channel, peer};
    if (channel->peer.load(std::memory_order_relaxed) != peer) continue;
    ChannelState state = channel->use.state();
    if (!is_usable(state)) return Failure{XEN_EINVAL};
    if (closer == Closer::guest && channel->consumer) return Failure{XEN_EINVAL};
    if (closer == Closer::hypervisor && !channel->consumer) return Failure{XEN_EINVAL};
    forget_number(*channel, state);
    separate(*channel, peer);
    if (channel->consumer) --ports.of_hypervisor;
    channel->consumer = nullptr;
    channel->notify_vcpu.store(0, std::memory_order_relaxed);
    --ports.active;
    ports.lowest_free = std::min(ports.lowest_free, port.raw());
    ports.search_next = std::min(ports.search_next, port.raw());
    channel->use.end_change(ChannelState::free);
    // The last event: whoever acted for the domain that ends may have left something in pages that it shared.
    if (closer == Closer::teardown && peer && !peer->consumer) peer->table.deliver(*peer);
    return {};
  }
}

// Under the locks of both: waits for those who send either way, and lets the peer wait for a new binding.
void EventTable::separate(Channel& channel, Channel* peer) {
  channel.use.begin_change();
  if (peer) peer->use.begin_change();
  channel.use.wait_until_unused();
  if (peer) peer->use.wait_until_unused();
  clear_pending(channel);
  channel.peer.store(nullptr, std::memory_order_release);
  if (!peer) return;
  peer->peer.store(nullptr, std::memory_order_release);
  peer->number = domain_.id().raw();
  peer->use.end_change(ChannelState::unbound);
}

void EventTable::forget_number(Channel& channel, ChannelState state) {
  if (state == ChannelState::virq) {
    u32 vcpu = virq_is_global(channel.number) ? 0 : channel.notify_vcpu.load(std::memory_order_relaxed);
    Vcpu* bound = domain_.vcpu(VcpuId{vcpu});
    if (bound) bound->event_queues()->virq_ports[channel.number].store(0, std::memory_order_relaxed);
  } else if (state == ChannelState::pirq) {
    pirqs_.set(channel.number, Port{0});
    if (pirq_source_) pirq_source_->unbind(channel.number);
  }
}

// An event of the old binding must not be taken for one of the next.
void EventTable::clear_pending(Channel& channel) {
  if (!uses_fifo()) return two_level_.port_limit() > channel.port.raw() ? two_level_.clear_pending(channel.port) : void();
  channel.early.store(false, std::memory_order_relaxed);
  if (event_word_t* word = fifo_.load(std::memory_order_relaxed)->word(channel.port))
    guest_test_and_clear(word, EVTCHN_FIFO_PENDING);
}

Result<bool> EventTable::reset_step(Reset how) {
  return ports_.with([&](Ports& ports) -> Result<bool> {
    if ((how == Reset::start) == (ports.reset_next != 0)) return Failure{XEN_EBUSY};
    u32 first = how == Reset::start ? 1 : ports.reset_next;
    u32 end = directory_.size();
    for (u32 port = first; port < end && port < first + ports_per_step; ++port)
      static_cast<void>(close_locked(ports, Port{port}, Closer::guest).failed());  // those not open are as wanted
    ports.reset_next = first + ports_per_step;
    if (ports.reset_next < end) return false;
    ports.reset_next = 0;
    return finish_reset(ports);
  });
}

Result<bool> EventTable::finish_reset(Ports& ports) {
  if (ports.active > ports.of_hypervisor) return Failure{XEN_EAGAIN};
  leave_fifo(ports);
  return true;
}

// No channel of the domain's own is usable, so nobody uses the event words, control blocks or tails.
void EventTable::leave_fifo(Ports& ports) {
  if (!ports.fifo) return;
  fifo_.store(nullptr, std::memory_order_release);
  // Where a channel was last linked may stay: with no tails, it only names a lock.
  domain_.for_each_vcpu([](Vcpu& vcpu) { vcpu.event_queues()->detach(); });
  ports.fifo.reset();
}

bool EventTable::teardown_step() {
  return ports_.with([&](Ports& ports) {
    ports.closed = true;
    u32 first = ports.teardown_next;
    u32 end = directory_.size();
    for (u32 port = first; port < end && port < first + ports_per_step; ++port)
      static_cast<void>(close_locked(ports, Port{port}, Closer::teardown).failed());
    ports.teardown_next = first + ports_per_step;
    if (ports.teardown_next < end) return true;
    leave_fifo(ports);
    give_back_global_virqs(domain_.id());
    return false;
  });
}

}  // namespace xenolith
