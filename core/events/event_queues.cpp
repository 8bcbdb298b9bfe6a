// SPDX-License-Identifier: MIT
#include "core/events/event_queues.hpp"

#include "core/base/log.hpp"
#include "core/domain/parts.hpp"
#include "core/events/event_table.hpp"
#include "core/events/fifo_array.hpp"

namespace xenolith {
namespace {
// Each failed attempt means that the guest used the event and moved it meanwhile; an honest one does not do so forever.
constexpr unsigned most_attempts = 8;
}  // namespace

Result<Own<EventQueues>> create_event_queues(Vcpu&) { return make<EventQueues>(); }

Result<void> EventQueues::attach(GuestPage page, u64 offset) {
  Guard guard{lock_};
  if (control_.load(std::memory_order_relaxed)) return Failure{XEN_EINVAL};
  auto* control = page.as<evtchn_fifo_control_block_t>(offset);
  page_ = std::move(page);
  control_.store(control, std::memory_order_release);  // pairs with the acquire in has_control_block()
  return {};
}

void EventQueues::detach() {
  GuestPage page;
  Guard guard{lock_};
  control_.store(nullptr, std::memory_order_release);
  tails_.fill(0);
  page = std::exchange(page_, GuestPage{});
}

bool EventQueues::link(FifoArray& array, Vcpu& target, Channel& channel) {
  for (unsigned attempt = 0; attempt < most_attempts; ++attempt) {
    FifoPlace next{target.id().raw(), channel.priority.load(std::memory_order_relaxed)};
    FifoPlace last = FifoPlace::from_raw(channel.last_place.load(std::memory_order_relaxed));
    Vcpu* from = target.domain().vcpu(VcpuId{last.vcpu});
    EventQueues& to = *target.event_queues();
    switch ((from ? *from->event_queues() : to).leave(array, channel, last, next, from == &target || !from)) {
      case Step::retry: continue;
      case Step::done: return false;
      case Step::tell: return true;
      case Step::moved: {
        Guard guard{to.lock_};
        return to.append(array, next.priority, channel.port);
      }
    }
  }
  log_guest(LogLevel::warning, "d{}: port {} moves too often, event lost", target.domain().id(), channel.port);
  return false;
}

// Under the lock of the queues where the event was last linked: marks it as linked. If it was the last of its queue, that
// queue is empty now, and its tail must not be taken for linked once the event is in another queue.
EventQueues::Step EventQueues::leave(FifoArray& array, Channel& channel, FifoPlace last, FifoPlace next, bool stays) {
  Guard guard{lock_};
  if (channel.last_place.load(std::memory_order_relaxed) != last.raw()) return Step::retry;
  event_word_t* word = array.word(channel.port);
  if (!word || guest_test_and_set(word, EVTCHN_FIFO_LINKED)) return Step::done;
  if (tails_[last.priority] == channel.port.raw()) tails_[last.priority] = 0;
  if (next.raw() != last.raw()) channel.last_place.store(next.raw(), std::memory_order_relaxed);
  if (!stays) return Step::moved;
  return append(array, next.priority, channel.port) ? Step::tell : Step::done;
}

// Under lock_. True if the queue was empty and its ready bit was clear.
bool EventQueues::append(FifoArray& array, u8 priority, Port port) {
  auto* control = control_.load(std::memory_order_relaxed);
  if (!control) return false;
  u32 tail = std::exchange(tails_[priority], port.raw());
  if (tail != 0 && tail != port.raw() && array.link_behind(Port{tail}, port)) return false;
  __atomic_store_n(&control->head[priority], port.raw(), __ATOMIC_RELEASE);  // pairs with the guest's read after ready
  return !guest_test_and_set(&control->ready, priority);
}

}  // namespace xenolith
