// SPDX-License-Identifier: MIT
// Making the table, finding free ports, and the operations that bind them.
#include "core/events/event_table.hpp"

#include <algorithm>
#include <climits>
#include <utility>

#include "core/domain/parts.hpp"
#include "core/events/event_queues.hpp"
#include "core/events/virq.hpp"

namespace xenolith {
namespace {
constexpr u32 most_looked_at = 4096;  // ports in one step of a search
}

Result<Own<EventTable>> create_event_table(Domain& domain) { return EventTable::create(domain); }

EventTable::EventTable(Domain& domain)
    : domain_{domain}, two_level_{domain.shared_info(), GuestWordSize::bits64}, directory_{*this} {}

Result<Own<EventTable>> EventTable::create(Domain& domain) {
  Own<EventTable> table = TRY(make<EventTable>(domain));
  table->set_limit(domain.configuration().max_evtchn_port);
  TRY(table->directory_.grow());
  Channel& never_used = table->directory_.at(0);
  never_used.use.end_change(ChannelState::reserved);
  return table;
}

void EventTable::set_limit(u32 highest_port) {
  ports_.with([&](Ports& ports) { ports.limit = std::min<u32>(highest_port, INT_MAX); });
}

void EventTable::set_word_size(GuestWordSize size) {
  ports_.with([&](Ports&) { two_level_.set_word_size(size); });
}

u32 EventTable::abi_limit() const { return uses_fifo() ? EVTCHN_FIFO_NR_CHANNELS : two_level_.port_limit(); }

Result<Channel*> EventTable::channel_at(u32 port) {
  while (port >= directory_.size()) TRY(directory_.grow());
  return &directory_.at(port);
}

// The lowest free port. One that the guest has not yet taken from a FIFO queue is not free: its old event would be taken for the
// new channel's. A guest can make many such, hence the limit; what was looked at is remembered.
Result<Channel*> EventTable::find_free(Ports& ports) {
  if (ports.closed || domain_.is_dying()) return Failure{XEN_EINVAL};
  u32 end = static_cast<u32>(std::min<u64>(u64{ports.limit} + 1, abi_limit()));
  u32 first = std::max(ports.lowest_free, std::exchange(ports.search_next, 0));
  bool skipped = first > ports.lowest_free;
  for (u32 port = first; port < end; ++port) {
    if (port - first == most_looked_at) {
      ports.search_next = port;
      return Failure{EventTable::search_goes_on};
    }
    Channel* channel = TRY(channel_at(port));
    if (channel->use.state() != ChannelState::free) {
      if (!skipped) ports.lowest_free = port + 1;
    } else if (ports.fifo && ports.fifo->is_linked(channel->port)) {
      skipped = true;
    } else {
      return channel;
    }
  }
  return Failure{XEN_ENOSPC};
}

// Puts a free channel to use. What is specific to its kind the caller has filled in.
Port EventTable::publish(Ports& ports, Channel& channel, ChannelState state, u32 vcpu, u32 number) {
  channel.notify_vcpu.store(vcpu, std::memory_order_relaxed);
  channel.number = number;
  channel.priority.store(EVTCHN_FIFO_PRIORITY_DEFAULT, std::memory_order_relaxed);
  channel.early.store(false, std::memory_order_relaxed);
  ++ports.active;
  channel.use.end_change(state);
  return channel.port;
}

Result<Port> EventTable::alloc_unbound(DomainId remote) {
  return ports_.with([&](Ports& ports) -> Result<Port> {
    Channel* channel = TRY(find_free(ports));
    ChannelLock lock{*channel};
    return publish(ports, *channel, ChannelState::unbound, 0, remote.raw());
  });
}

Result<Port> EventTable::alloc_for_hypervisor(VcpuId vcpu, DomainId remote, ChannelConsumer consumer) {
  if (!domain_.vcpu(vcpu)) return Failure{XEN_ENOENT};
  for (;;) {
    Result<Port> port = ports_.with([&](Ports& ports) -> Result<Port> {
      Channel* channel = TRY(find_free(ports));
      ChannelLock lock{*channel};
      channel->consumer = consumer;
      ++ports.of_hypervisor;
      return publish(ports, *channel, ChannelState::unbound, vcpu.raw(), remote.raw());
    });
    if (port || port.error() != EventTable::search_goes_on) return port;
  }
}

// The remote end is known by its lock, without its table's: a port that waits for this domain is not freed meanwhile.
Result<Port> EventTable::bind_interdomain(Domain& remote, Port remote_port) {
  Port local = TRY(ports_.with([&](Ports& ports) -> Result<Port> {
    Channel* channel = TRY(find_free(ports));
    Channel* other = remote.events().directory_.find(remote_port);
    if (!other) return Failure{XEN_EINVAL};
    ChannelLock lock{*channel, other};
    if (other->use.state() != ChannelState::unbound || other->number != domain_.id().raw()) return Failure{XEN_EINVAL};
    other->use.begin_change();
    other->use.wait_until_unused();
    channel->peer.store(other, std::memory_order_relaxed);
    other->peer.store(channel, std::memory_order_relaxed);
    Port port = publish(ports, *channel, ChannelState::interdomain, 0, 0);
    other->use.end_change(ChannelState::interdomain);
    return port;
  }));
  // What the remote sent before it was bound went nowhere.
  notify(local, ChannelState::interdomain, 0);
  return local;
}

Result<Port> EventTable::bind_virq(u32 virq, VcpuId vcpu) {
  if (virq >= NR_VIRQS) return Failure{XEN_EINVAL};
  virq = static_cast<u32>(clamp_index_speculative(virq, NR_VIRQS));
  if (virq_is_global(virq) && vcpu != VcpuId{0}) return Failure{XEN_EINVAL};
  Vcpu* target = domain_.vcpu(vcpu);
  if (!target) return Failure{XEN_ENOENT};
  return ports_.with([&](Ports& ports) -> Result<Port> {
    std::atomic<u32>& bound = target->event_queues()->virq_ports[virq];
    if (bound.load(std::memory_order_relaxed)) return Failure{XEN_EEXIST};
    Channel* channel = TRY(find_free(ports));
    ChannelLock lock{*channel};
    Port port = publish(ports, *channel, ChannelState::virq, vcpu.raw(), virq);
    bound.store(port.raw(), std::memory_order_relaxed);
    return port;
  });
}

Result<Port> EventTable::bind_ipi(VcpuId vcpu) {
  if (!domain_.vcpu(vcpu)) return Failure{XEN_ENOENT};
  return ports_.with([&](Ports& ports) -> Result<Port> {
    Channel* channel = TRY(find_free(ports));
    ChannelLock lock{*channel};
    return publish(ports, *channel, ChannelState::ipi, vcpu.raw(), 0);
  });
}

Result<Port> EventTable::bind_pirq(u32 pirq, bool will_share) {
  if (!pirq_source_ || pirq >= pirq_source_->count()) return Failure{XEN_EINVAL};
  return ports_.with([&](Ports& ports) -> Result<Port> {
    if (pirqs_.port(pirq) != Port{0}) return Failure{XEN_EEXIST};
    Channel* channel = TRY(find_free(ports));
    TRY(pirqs_.reserve(pirq));
    TRY(pirq_source_->bind(pirq, will_share));
    ChannelLock lock{*channel};
    Port port = publish(ports, *channel, ChannelState::pirq, 0, pirq);
    pirqs_.set(pirq, port);
    return port;
  });
}

Result<void> EventTable::bind_vcpu(Port port, VcpuId vcpu) {
  Vcpu* target = domain_.vcpu(vcpu);
  if (!target) return Failure{XEN_ENOENT};
  return ports_.with([&](Ports&) -> Result<void> {
    Channel* channel = directory_.find(port);
    if (!channel) return Failure{XEN_EINVAL};
    ChannelLock lock{*channel};
    if (channel->consumer) return Failure{XEN_EINVAL};
    switch (channel->use.state()) {
      case ChannelState::virq:
        if (!virq_is_global(channel->number)) return Failure{XEN_EINVAL};
        break;
      case ChannelState::pirq:
        if (pirq_source_) pirq_source_->set_affinity(channel->number, *target);
        break;
      case ChannelState::unbound:
      case ChannelState::interdomain: break;
      default: return Failure{XEN_EINVAL};
    }
    channel->notify_vcpu.store(vcpu.raw(), std::memory_order_relaxed);
    return {};
  });
}

Result<evtchn_status_t> EventTable::status(Port port) {
  Channel* channel = directory_.find(port);
  if (!channel) return Failure{XEN_EINVAL};
  ChannelLock lock{*channel};
  if (channel->consumer) return Failure{XEN_EACCES};
  evtchn_status_t status{};
  status.vcpu = channel->notify_vcpu.load(std::memory_order_relaxed);
  switch (channel->use.state()) {
    case ChannelState::unbound:
      status.status = EVTCHNSTAT_unbound;
      status.u.unbound.dom = static_cast<domid_t>(channel->number);
      break;
    case ChannelState::interdomain: {
      const Channel& peer = *channel->peer.load(std::memory_order_relaxed);
      status.status = EVTCHNSTAT_interdomain;
      status.u.interdomain.dom = peer.table.domain_.id().raw();
      status.u.interdomain.port = peer.port.raw();
      break;
    }
    case ChannelState::pirq:
      status.status = EVTCHNSTAT_pirq;
      status.u.pirq = channel->number;
      break;
    case ChannelState::virq:
      status.status = EVTCHNSTAT_virq;
      status.u.virq = channel->number;
      break;
    case ChannelState::ipi: status.status = EVTCHNSTAT_ipi; break;
    default: status.status = EVTCHNSTAT_closed; break;
  }
  return status;
}

}  // namespace xenolith
