// SPDX-License-Identifier: MIT
// Changing to the FIFO ABI, and giving it memory.
#include <algorithm>

#include "core/events/event_queues.hpp"
#include "core/events/event_table.hpp"

namespace xenolith {

Result<void> EventTable::init_control(VcpuId id, Gfn control, u32 offset) {
  Vcpu* vcpu = domain_.vcpu(id);
  if (!vcpu) return Failure{XEN_ENOENT};
  if (offset > page_size - sizeof(evtchn_fifo_control_block_t) || offset % 8 != 0) return Failure{XEN_EINVAL};
  GuestPage page = TRY(GuestPage::map(domain_, control));
  return ports_.with([&](Ports& ports) -> Result<void> {
    if (ports.closed || vcpu->event_queues()->has_control_block()) return Failure{XEN_EINVAL};
    if (!ports.fifo) TRY(enter_fifo(ports));
    return vcpu->event_queues()->attach(std::move(page), offset);
  });
}

// What is pending in the 2-level bits is delivered when the guest gives the pages of event words.
Result<void> EventTable::enter_fifo(Ports& ports) {
  ports.fifo = TRY(make<FifoArray>());
  u32 end = std::min(directory_.size(), two_level_.port_limit());
  for (u32 port = 1; port < end; ++port) {
    Channel& channel = directory_.at(port);
    if (is_usable(channel.use.state()) && two_level_.is_pending(channel.port))
      channel.early.store(true, std::memory_order_relaxed);
  }
  fifo_.store(ports.fifo.get(), std::memory_order_release);  // pairs with the acquire in deliver()
  return {};
}

Result<void> EventTable::expand_array(Gfn gfn) {
  if (!uses_fifo()) return Failure{XEN_EOPNOTSUPP};
  GuestPage page = TRY(GuestPage::map(domain_, gfn));
  return ports_.with([&](Ports& ports) -> Result<void> {
    if (!ports.fifo) return Failure{XEN_EOPNOTSUPP};
    if (!ports.fifo->has_room()) return Failure{XEN_ENOSPC};
    u32 first = ports.fifo->size();
    ports.fifo->add_page(std::move(page));
    deliver_early(first, FifoArray::words_per_page);
    return {};
  });
}

void EventTable::deliver_early(u32 first, u32 count) {
  for (u32 port = first; port < directory_.size() && port < first + count; ++port) {
    Channel& channel = directory_.at(port);
    ChannelGuard guard = ChannelGuard::waiting(channel.use);
    if (guard && channel.early.exchange(false, std::memory_order_seq_cst)) deliver(channel);
  }
}

}  // namespace xenolith
