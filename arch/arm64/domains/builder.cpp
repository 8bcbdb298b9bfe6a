// SPDX-License-Identifier: MIT
#include "arch/arm64/domains/builder.hpp"

#include <arch/control.hpp>
#include <arch/domain_state.hpp>

#include <algorithm>

#include "arch/arm64/dom0/image_header.hpp"
#include "arch/arm64/domains/loader.hpp"
#include "arch/arm64/hyp/vcpu_start.hpp"
#include "arch/arm64/machine/host.hpp"
#include "arch/arm64/vgic/affinity.hpp"
#include "core/base/bits.hpp"
#include "core/base/heap_array.hpp"
#include "core/base/log.hpp"
#include "core/device_tree/domain_tree.hpp"
#include "core/memory_operations/populate.hpp"
#include "core/time/wall_clock.hpp"

namespace xenolith::domains {
namespace {

constexpr unsigned large_order = 9;
constexpr u64 frames_of_mib = 256;

constinit FixedList<DomainId, 16> made{};

// Its memory, in the places that guests of tools have.
struct Banks {
  std::array<DeviceRange, 2> ranges{};
  size_t count = 0;
  std::span<const DeviceRange> all() const { return {ranges.data(), count}; }
  u64 end_of_first() const { return ranges[0].end().raw(); }
};

Result<Banks> plan_memory(u64 bytes) {
  constexpr DeviceRange places[] = {{MachineAddress{GUEST_RAM0_BASE}, GUEST_RAM0_SIZE}, {MachineAddress{GUEST_RAM1_BASE}, GUEST_RAM1_SIZE}};
  Banks banks;
  for (const DeviceRange& place : places) {
    u64 size = std::min(bytes, place.size);
    if (size != 0) banks.ranges[banks.count++] = {place.start, size};
    bytes -= size;
  }
  if (banks.count == 0 || bytes != 0) return Failure{XEN_EINVAL};
  return banks;
}

Result<Ref<Domain>> create(const HostDomain& wanted) {
  Domain::Configuration configuration{};
  xen_domctl_createdomain& interface = configuration.interface;
  interface.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  interface.max_vcpus = wanted.cpus;
  interface.max_evtchn_port = 1023;
  interface.max_grant_frames = 64;
  interface.max_maptrack_frames = 1024;
  interface.grant_opts = 2;
  interface.arch.nr_spis = wanted.vpl011 ? GUEST_VPL011_SPI - 31 : 0;
  TRY(arch::complete_configuration(interface));
  Ref<Domain> domain = TRY(Domain::create(TRY(DomainTable::free_id(DomainId{1})), configuration));
  update_wall_clock_of(*domain);
  if (wanted.vpl011) TRY(domain->arch().create_uart(*domain, GuestPhysical{GUEST_PL011_BASE}, gic::Intid{GUEST_VPL011_SPI}));
  return domain;
}

Result<void> populate_bank(Domain& domain, DeviceRange bank) {
  Gfn at{bank.start.raw() >> page_shift}, end{bank.end().raw() >> page_shift};
  while (at < end) {
    bool is_large = is_aligned(at.raw(), u64{1} << large_order) && end - at >= u64{1} << large_order;
    if (!is_large || populate(domain, at, large_order).failed()) {
      TRY(populate(domain, at, 0));
      at += 1;
    } else {
      at += u64{1} << large_order;
    }
  }
  return {};
}

DomainTreeOptions plan_tree(const Domain& domain, const HostDomain& wanted, const Banks& banks) {
  bool is_v3 = domain.configuration().arch.gic_version == XEN_DOMCTL_CONFIG_GIC_V3;
  auto range = [](u64 start, u64 size) { return DeviceRange{MachineAddress{start}, size}; };
  DomainTreeOptions options;
  options.memory = banks.all();
  options.vcpus = domain.max_vcpus();
  options.vcpu_mpidr = [](u32 vcpu) { return vgic::affinity_of(vcpu); };
  options.bootargs = wanted.kernel->bootargs;
  options.gic = is_v3 ? GicVersion::v3 : GicVersion::v2;
  options.distributor = is_v3 ? range(GUEST_GICV3_GICD_BASE, GUEST_GICV3_GICD_SIZE) : range(GUEST_GICD_BASE, GUEST_GICD_SIZE);
  options.gic_cpus = is_v3 ? range(GUEST_GICV3_GICR0_BASE, GUEST_GICV3_GICR0_SIZE) : range(GUEST_GICC_BASE, GUEST_GICC_SIZE);
  options.timer_hz = domain.configuration().arch.clock_frequency;
  options.has_hypervisor = wanted.enhanced;
  options.grant_table = range(GUEST_GNTTAB_BASE, GUEST_GNTTAB_SIZE);
  if (wanted.vpl011) options.uart = range(GUEST_PL011_BASE, GUEST_PL011_SIZE);
  return options;
}

// Whole pages below `end`, above what the kernel needs.
Result<GuestPhysical> place_below(u64 end, u64 size, u64 lowest) {
  if (end < lowest || size > end - lowest || align_down(end - size, page_size) < lowest) {
    log_error("domain: kernel, RAM disk and device tree need more memory than it has");
    return Failure{XEN_ENOMEM};
  }
  return GuestPhysical{align_down(end - size, page_size)};
}

struct Start {
  GuestPhysical entry, tree;
};

// The kernel at the start of the first bank, the RAM disk at its end, the device tree below.
Result<Start> load(Domain& domain, const HostDomain& wanted, const Banks& banks) {
  dom0::ImageHeader header = TRY(dom0::image_header_of(wanted.kernel->range));
  u64 kernel = banks.ranges[0].start.raw() + header.text_offset;
  u64 lowest = kernel + std::max(header.image_size, wanted.kernel->range.size);
  DomainTreeOptions options = plan_tree(domain, wanted, banks);
  u64 end = banks.end_of_first();
  if (wanted.ramdisk) {
    GuestPhysical ramdisk = TRY(place_below(end, wanted.ramdisk->range.size, lowest));
    options.initrd = {MachineAddress{ramdisk.raw()}, wanted.ramdisk->range.size};
    TRY(copy_module(domain, ramdisk, wanted.ramdisk->range));
    end = ramdisk.raw();
  }
  size_t bound = domain_tree_bound(options);
  auto bytes = TRY(HeapArray<u64>::create((bound + 7) / 8));
  std::span<u8> room{reinterpret_cast<u8*>(bytes.begin()), bound};
  size_t size = TRY(make_domain_tree(options, room));
  GuestPhysical tree = TRY(place_below(end, size, lowest));
  TRY(copy_bytes(domain, tree, room.first(size)));
  TRY(copy_module(domain, GuestPhysical{kernel}, wanted.kernel->range));
  return Start{GuestPhysical{kernel}, tree};
}

Result<void> fill(Domain& domain, const HostDomain& wanted) {
  Banks banks = TRY(plan_memory(align_up(wanted.memory_kib << 10, page_size)));
  domain.pages().set_maximum((wanted.memory_kib >> 2) + frames_of_mib);
  for (const DeviceRange& bank : banks.all()) TRY(populate_bank(domain, bank));
  Start start = TRY(load(domain, wanted, banks));
  for (u32 id = 0; id < domain.max_vcpus(); ++id) {
    Vcpu* vcpu = TRY(domain.build_vcpu(VcpuId{id}));
    if (id == 0) reset_vcpu(*vcpu, start.entry, start.tree.raw());
  }
  return {};
}

Result<Ref<Domain>> build(const HostDomain& wanted) {
  if (!wanted.kernel || wanted.device_tree) {
    log_error("domain: {}", std::string_view{wanted.kernel ? "giving it devices is not supported" : "it has no kernel"});
    return Failure{wanted.kernel ? XEN_EOPNOTSUPP : XEN_EINVAL};
  }
  Ref<Domain> domain = TRY(create(wanted));
  Result<void> filled = fill(*domain, wanted);
  if (filled) filled = DomainTable::publish(domain);
  if (filled) return domain;
  while (domain->destroy_step()) {}
  return Failure{filled.error()};
}

}  // namespace

void build_all() {
  for (const HostDomain& wanted : machine::description().domains) {
    Result<Ref<Domain>> built = build(wanted);
    if (built.failed()) {
      log_error("The domain {} of the device tree cannot be made: error {}", wanted.node.name(), built.error());
      continue;
    }
    log_info("d{}: {}, {} MiB, {} vCPUs", (*built)->id(), wanted.node.name(), wanted.memory_kib >> 10, wanted.cpus);
    static_cast<void>(made.add((*built)->id()).failed());
  }
}

void start_all() {
  for (DomainId id : made) {
    Domain* domain = DomainTable::find(id);
    if (!domain) continue;
    domain->vcpu(VcpuId{0})->resume(Vcpu::down);
    domain->unpause();
  }
}

}  // namespace xenolith::domains
