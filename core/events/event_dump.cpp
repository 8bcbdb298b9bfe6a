// SPDX-License-Identifier: MIT
// Debug key e.
#include "core/base/log.hpp"
#include "core/events/event_dump.hpp"
#include "core/events/event_table.hpp"

namespace xenolith {
namespace {
constexpr u32 most_channels = 512;  // of one domain: the console is slow, and a guest can have 131,071
}

void EventTable::dump() {
  log_info("Event channel information for domain {}:", domain_.id());
  domain_.for_each_vcpu([](Vcpu& vcpu) {
    if (vcpu.stops() & Vcpu::polling) log_info("Polling vCPU: {} port {}", vcpu.id(), vcpu.poll_port.load());
  });
  log_info("    port [p/m/l]");
  // Under the table's lock, so that the ABI stays; a channel is locked one at a time.
  ports_.with([&](Ports& ports) {
    u32 shown = 0;
    for (u32 port = 1; port < directory_.size() && shown < most_channels; ++port) shown += dump_channel(directory_.at(port));
    if (ports.active > shown) log_info("    {} more", ports.active - shown);
  });
}

// Whether the channel is one to print.
bool EventTable::dump_channel(Channel& channel) {
  static constexpr std::string_view names[] = {"free", "reserved", "changing", "unbound", "interdomain", "pirq", "virq", "ipi"};
  ChannelLock lock{channel};
  ChannelState state = channel.use.state();
  if (!is_usable(state)) return false;
  FifoArray* fifo = fifo_.load(std::memory_order_relaxed);
  char tail[48];
  size_t length = 0;
  if (const Channel* peer = channel.peer.load(std::memory_order_relaxed))
    length = format(tail, " d={} p={}", peer->table.domain_.id(), peer->port);
  else if (state != ChannelState::ipi)
    length = format(tail, state == ChannelState::unbound ? " d={}" : state == ChannelState::virq ? " v={}" : " i={}",
                    channel.number);
  log_info("    {:4} [{}/{}/{}]: s={} n={} x={}{}", channel.port.raw(), unsigned{pending_now(channel.port)},
           unsigned{masked_now(channel.port)}, unsigned{fifo && fifo->is_linked(channel.port)},
           names[static_cast<unsigned>(state)], channel.notify_vcpu.load(std::memory_order_relaxed),
           unsigned{channel.consumer != nullptr}, std::string_view{tail, length});
  return true;
}

void dump_event_channels() {
  for (Domain* domain = DomainTable::next(DomainId{0}); domain;
       domain = DomainTable::next(DomainId{static_cast<u16>(domain->id().raw() + 1)}))
    domain->events().dump();
}

}  // namespace xenolith
