// SPDX-License-Identifier: MIT
#include "arch/arm64/dom0/devices.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>

#include "arch/arm64/cpu/cpu_block.hpp"
#include "arch/arm64/hyp/guest_layout.hpp"
#include "arch/arm64/machine/host.hpp"
#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"
#include "core/paging/page_table.hpp"

namespace xenolith::dom0 {
namespace {

// Of the private interrupts, one that nothing of the machine uses.
gic::Intid free_ppi() {
  const HostTimer& timer = machine::description().timer;
  auto is_used = [&](u32 number) {
    for (const auto* interrupt : {&timer.secure_physical, &timer.physical, &timer.virtual_timer, &timer.hypervisor})
      if (*interrupt && (*interrupt)->id.raw() == number) return true;
    return gic::description().maintenance.raw() == number;
  };
  u32 number = 31;
  while (number > 16 && is_used(number)) --number;
  return gic::Intid{number};
}

gic::Intid timer_ppi(const std::optional<GicInterrupt>& interrupt, u32 usual) {
  return gic::Intid{interrupt ? interrupt->id.raw() : usual};
}

vgic::Place place_of(const gic::Range& range) { return {GuestPhysical{range.first.raw()}, range.size}; }

// What is never mapped as a device: RAM and the interrupt controller. Ranges of buses may hold both.
struct Kept {
  Mfn first, end;
};
// Calls function(Kept) for each range.
template <class Function>
void for_each_kept(const vgic::Places& places, Function function) {
  for (const MemoryRange& range : machine::memory_map().ranges())
    if (range.type == MemoryType::ram) function(Kept{frame_of(range.start), frame_of(range.end() + page_mask)});
  auto add = [&](const vgic::Place& place) {
    Mfn first{place.first.raw() >> page_shift};
    function(Kept{first, first + frames_for(place.size)});
  };
  add(places.distributor);
  for (unsigned i = 0; i < places.redistributor_regions; ++i) add(places.redistributors[i]);
}

Result<void> map_range(Domain& domain, Gfn gfn, Mfn first, Mfn end) {
  for (Mfn at = first; at < end;) {
    Gfn here = gfn + (at - first);
    unsigned order = 0;
    for (unsigned larger : {9u, 18u})
      if (is_aligned(at.raw() | here.raw(), u64{1} << larger) && end - at >= u64{1} << larger) order = larger;
    TRY(domain.p2m().set(here, at, order, P2mType::mmio_direct)).settle();
    at += u64{1} << order;
  }
  return {};
}

class Taker final : public Dom0Resources {
 public:
  Taker(Domain& domain, const vgic::Places& places) : domain_{domain}, places_{places} {}

  Result<void> memory(DeviceTreeNode, DeviceRange range) override {
    Mfn at = frame_of(range.start), end = frame_of(range.end() + page_mask);
    while (at < end) {
      // The next piece: up to the first kept range behind `at`, or nothing if `at` lies in one.
      Mfn stop = end, next = end;
      for_each_kept(places_, [&](const Kept& kept) {
        if (kept.end <= at || kept.first >= stop) return;
        stop = std::max(kept.first, at);
        next = kept.end;
      });
      TRY(map_range(domain_, identity_gfn(at), at, stop));
      at = next;
    }
    return {};
  }

  Result<void> interrupt(DeviceTreeNode, GicInterrupt interrupt) override {
    // The same may come more than once; the console's is the hypervisor's own.
    static_cast<void>(domain_.arch().gic().link_hardware(gic::Intid{interrupt.id.raw()}).failed());
    return {};
  }

 private:
  Domain& domain_;
  const vgic::Places& places_;
};

// The SPIs that a GICv2m frame raises: as the tree says, or the frame's MSI_TYPER (Arm DEN0029, "GICv2m Architecture").
Result<void> link_messages(Domain& domain, const gic::MessageFrame& frame) {
  constexpr u64 type_register = 8;
  u64 first = frame.first_spi, count = frame.spi_count;
  if (first == 0 || count == 0) {
    const void* registers = TRY(mm::map_device(frame.registers.first, page_size));
    u32 type = *reinterpret_cast<const volatile u32*>(static_cast<const u8*>(registers) + type_register);
    first = Bits<25, 16>::get(type);
    count = Bits<9, 0>::get(type);
  }
  for (u64 n = first; n < first + count; ++n)
    static_cast<void>(domain.arch().gic().link_hardware(gic::Intid{static_cast<u32>(n)}).failed());  // fewer, where it tells too many
  return {};
}

// An ITS may know redistributors by their addresses (GITS_TYPER.PTA): then vCPU n has to find its own where that of CPU n is.
bool has_redistributors_in_order(const vgic::Places& places, unsigned vcpus) {
  for (unsigned n = 0; n < vcpus; ++n) {
    auto found = places.find(GuestPhysical{gic::redistributor_place(CpuId{n}).raw()}, vcpus);
    if (!found || found->is_distributor || found->vcpu != n || found->offset != 0) return false;
  }
  return true;
}

Result<bool> knows_addresses(const GicIts& its) {
  constexpr u64 type_register = 8, by_address = bit(19);
  const void* registers = TRY(mm::map_device(its.registers.start, page_size));
  return (*reinterpret_cast<const volatile u64*>(static_cast<const u8*>(registers) + type_register) & by_address) != 0;
}

// Whether the domain can have the machine's ITSs themselves: their tables are in its memory, which is the machine's one to one, and an
// LPI comes to the CPU whose number the vCPU has.
bool has_lpis(const vgic::Places& places, unsigned vcpus) {
  const auto& services = machine::description().gic.its;
  if (services.empty() || !gic::has_lpis() || vcpus > cpus_online()) return false;
  bool in_order = has_redistributors_in_order(places, vcpus);
  for (const GicIts& its : services)
    if (!in_order && knows_addresses(its).value_or(true)) return false;
  return true;
}

}  // namespace

vgic::DomainGic::Configuration gic_of_hardware_domain(unsigned vcpus) {
  const gic::Description& host = gic::description();
  const HostTimer& timer = machine::description().timer;
  vgic::DomainGic::Configuration gic{};
  gic.version = gic::version();
  gic.spis = (gic::interrupts() - gic::private_count + 31) / 32 * 32;
  gic.places.distributor = place_of(host.distributor);
  for (const gic::Range& region : host.redistributor_span())
    gic.places.redistributors[gic.places.redistributor_regions++] = place_of(region);
  if (host.redistributor_stride) gic.places.stride = host.redistributor_stride;
  gic.lpis = gic.version == gic::Version::v3 && has_lpis(gic.places, vcpus);
  gic.event_ppi = free_ppi();
  gic.virtual_timer_ppi = timer_ppi(timer.virtual_timer, 27);
  gic.physical_timer_ppi = timer_ppi(timer.physical, 30);
  return gic;
}

Result<void> give_devices(Domain& domain, const Dom0TreeOptions& options, const vgic::DomainGic::Configuration& gic) {
  Taker taker{domain, gic.places};
  TRY(list_dom0_resources(machine::tree(), machine::description(), options, taker));
  const gic::Description& host = gic::description();
  for (unsigned i = 0; i < host.message_frame_count; ++i) TRY(link_messages(domain, host.message_frames[i]));
  if (gic.version == gic::Version::v3) return {};
  return guest_layout::map_cpu_interface(domain, GuestPhysical{gic::description().cpu_interface.first.raw()});
}

}  // namespace xenolith::dom0
