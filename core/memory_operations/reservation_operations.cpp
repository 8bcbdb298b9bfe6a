// SPDX-License-Identifier: MIT
// XENMEM_populate_physmap, increase_reservation, decrease_reservation, exchange, claim_pages.
//
// These return how many extents are done, counted from the first of all, and no error: a call that can do nothing returns
// the extent it was to begin with.
#include "core/memory_operations/guest_memory.hpp"
#include "core/memory_operations/memory_operations.hpp"
#include "core/memory_operations/populate.hpp"
#include "core/memory_operations/removal.hpp"

namespace xenolith::memory_operations {
namespace {

struct Reservation {
  xen_memory_reservation_t interface;
  Domain* domain;
  GuestHandle<GuestLong> extents() const { return GuestHandle<GuestLong>{reinterpret_cast<u64>(interface.extent_start.p)}; }
  u64 count() const { return interface.nr_extents; }
  unsigned order() const { return interface.extent_order; }
};

enum class Judgement : u8 { go, nothing };  // nothing: return the first extent

// Reads and checks the structure. `nothing` covers what the interface reports as "no extent done".
Result<Judgement> decode(Vcpu& caller, const HypercallArguments& arguments, Reservation& to) {
  auto read = GuestHandle<xen_memory_reservation_t>{arguments[1]}.read(caller);
  if (!read) return Judgement::nothing;
  to.interface = *read;
  if (to.count() > most_extents || first_extent(arguments) >= to.count()) return Judgement::nothing;
  Result<Domain*> domain = subject(caller, to.interface.domid);
  if (!domain && domain.error() == XEN_EPERM) return Failure{XEN_EPERM};
  if (!domain) return Judgement::nothing;
  to.domain = *domain;
  return Judgement::go;
}

// Address limits below 4 GiB cannot be met, memory cannot be populated on demand, and there is one node.
bool flags_can_be_met(u32 flags) {
  constexpr u32 known = XENMEMF_exact_node_request | XENMEMF_vnode | 0xffffu;
  u32 bits = XENMEMF_get_address_bits(flags), node = XENMEMF_get_node(flags);
  if (flags & ~known) return false;
  if (bits != 0 && bits < 64) {
    if (bits <= page_shift || Mfn{u64{1} << (bits - page_shift)} <= MachineMemory::highest_ram_frame()) return false;
  }
  return !(flags & XENMEMF_exact_node_request) || node == 0;
}

template <class Function>
HypercallOutcome for_each_extent(Vcpu& caller, const HypercallArguments& arguments, const Reservation& reservation,
                                 Function&& perform) {
  u32 first = first_extent(arguments);
  for (u32 i = first; i < reservation.count(); ++i) {
    if (i > first && preemption_due()) return again_at(arguments, i);
    Result<GuestLong> gfn = reservation.extents().read(caller, i);
    if (!gfn || perform(Gfn{gfn->value}, i).failed()) return i64{i};
  }
  return static_cast<i64>(reservation.count());
}

}  // namespace

HypercallOutcome populate_physmap(Vcpu& caller, const HypercallArguments& arguments) {
  Reservation reservation{};
  if (TRY(decode(caller, arguments, reservation)) == Judgement::nothing || reservation.order() > most_populate_order ||
      !flags_can_be_met(reservation.interface.mem_flags))
    return i64{first_extent(arguments)};
  return for_each_extent(caller, arguments, reservation, [&](Gfn gfn, u32) {
    return populate(*reservation.domain, gfn, reservation.order());
  });
}

// The frames of an extent leave one by one; an extent that could not be taken away whole counts as not done.
HypercallOutcome decrease_reservation(Vcpu& caller, const HypercallArguments& arguments) {
  Reservation reservation{};
  if (TRY(decode(caller, arguments, reservation)) == Judgement::nothing || reservation.order() > most_populate_order)
    return i64{first_extent(arguments)};
  Removal removal{*reservation.domain};
  HypercallOutcome outcome =
      for_each_extent(caller, arguments, reservation, [&](Gfn gfn, u32) -> Result<void> {
        for (u64 i = 0; i < u64{1} << reservation.order(); ++i) TRY(removal.remove_ram(gfn + i));
        return {};
      });
  removal.finish();
  return outcome;
}

// Memory that has no place in the physical map is of no use to a translated domain: none is given.
HypercallOutcome increase_reservation(Vcpu& caller, const HypercallArguments& arguments) {
  Reservation reservation{};
  static_cast<void>(TRY(decode(caller, arguments, reservation)));
  return i64{first_extent(arguments)};
}

// "Only PV guests can use this operation."
HypercallOutcome exchange(Vcpu&, const HypercallArguments&) { return Failure{XEN_EOPNOTSUPP}; }

HypercallOutcome claim_pages(Vcpu& caller, const HypercallArguments& arguments) {
  auto reservation = TRY(GuestHandle<xen_memory_reservation_t>{arguments[1]}.read(caller));
  if (reservation.extent_start.p || reservation.extent_order != 0 || reservation.mem_flags != 0)
    return Failure{XEN_EINVAL};
  Domain* domain = TRY(subject(caller, reservation.domid));
  u64 frames = reservation.nr_extents, total = domain->pages().total();
  if (frames == 0) return domain->guest_memory().claim(0);
  if (frames <= total || frames > domain->pages().maximum()) return Failure{XEN_EINVAL};
  return domain->guest_memory().claim(frames - total);
}

}  // namespace xenolith::memory_operations
