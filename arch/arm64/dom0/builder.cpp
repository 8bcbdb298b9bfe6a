// SPDX-License-Identifier: MIT
#include "arch/arm64/dom0/builder.hpp"

#include <arch/domain_state.hpp>

#include "arch/arm64/boot/home.hpp"
#include "arch/arm64/cpu/cpu_block.hpp"
#include "arch/arm64/dom0/devices.hpp"
#include "arch/arm64/dom0/placement.hpp"
#include "arch/arm64/hyp/vcpu_start.hpp"
#include "arch/arm64/machine/host.hpp"
#include "arch/arm64/vgic/affinity.hpp"
#include "core/base/bits.hpp"
#include "core/base/heap_array.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/device_tree/dom0_tree.hpp"
#include "core/dom0/memory.hpp"
#include "core/image/image.hpp"
#include "core/memory/frame_allocator.hpp"

namespace xenolith::dom0 {
namespace {

constinit IntegerOption max_vcpus{"dom0_max_vcpus", "Number of vCPUs of the hardware domain; 0: as many as CPUs.", 0, 0, 128};
XENOLITH_REGISTER_OPTION(max_vcpus);

unsigned vcpu_count() {
  unsigned wanted = max_vcpus.value() > 0 ? static_cast<unsigned>(max_vcpus.value()) : cpus_online();
  return gic::version() == gic::Version::v2 ? std::min(wanted, 8u) : wanted;
}

Result<Ref<Domain>> create_domain() {
  Domain::Configuration configuration{};
  configuration.interface.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  configuration.interface.max_vcpus = vcpu_count();
  configuration.interface.max_evtchn_port = ~u32{0};
  configuration.interface.max_grant_frames = 64;
  configuration.interface.max_maptrack_frames = 1024;
  configuration.interface.grant_opts = 2;
  configuration.control = configuration.hardware = true;
  return Domain::create(DomainId{0}, configuration);
}

const HostModule* find_module(HostModuleKind kind) {
  for (const HostModule& module : machine::description().modules)
    if (module.kind == kind) return &module;
  return nullptr;
}

std::string_view command_line(const HostModule& kernel) {
  if (!kernel.bootargs.empty()) return kernel.bootargs;
  return machine::description().dom0_bootargs;
}

// What is told to the domain, in the form that the maker of its device tree wants.
struct TreePlan {
  std::array<DeviceRange, 64> memory{};
  std::array<DeviceRange, vgic::Places::most_regions> redistributors{};
  Dom0TreeOptions options{};
};

void plan_tree(TreePlan& plan, const Domain& domain, const HardwareMemory& memory, const HostModule& kernel, DeviceRange initrd,
               const vgic::DomainGic::Configuration& gic) {
  size_t count = 0;
  for (const FrameRange& range : memory.ranges()) plan.memory[count++] = {address_of(range.first), range.bytes()};
  Dom0TreeOptions& options = plan.options;
  options.memory = {plan.memory.data(), count};
  options.vcpus = domain.max_vcpus();
  options.vcpu_mpidr = [](u32 vcpu) { return vgic::affinity_of(vcpu); };
  options.bootargs = command_line(kernel);
  options.initrd = initrd;
  // Machine memory that is the hypervisor's own is nothing of the domain's memory map: as good a place as any.
  options.grant_table = {boot::image_address(), align_up(image::size(), page_size)};
  options.event_interrupt = IntId{gic.event_ppi.raw()};
  options.offers_v2m = true;
  options.offers_its = gic.lpis;
}

// The tree's size is known when it is made.
Result<size_t> write_tree(const Dom0TreeOptions& options, MachineAddress to) {
  size_t bound = dom0_tree_bound(machine::tree(), options);
  auto bytes = TRY(HeapArray<u8>::create(bound));
  size_t size = TRY(make_dom0_tree(machine::tree(), machine::description(), options, {bytes.begin(), bound}));
  write_memory(to, {bytes.begin(), size});
  return size;
}

Result<void> load(Domain& domain) {
  const HostModule* kernel = find_module(HostModuleKind::kernel);
  if (!kernel) {
    log_error("dom0: no kernel: the device tree's /chosen has no module \"multiboot,kernel\"");
    return Failure{XEN_EINVAL};
  }
  HardwareMemory memory;
  TRY(HardwareMemory::claim(domain, wanted_frames(FrameAllocator::free_frames()), memory));
  log_info("dom0: {} MiB in {} ranges, {} vCPUs", domain.pages().total() >> 8, memory.ranges().size(), domain.max_vcpus());
  vgic::DomainGic::Configuration gic = gic_of_hardware_domain(domain.max_vcpus());
  TRY(domain.arch().create_gic(domain, gic));
  Placement placement{memory.ranges()};
  LoadedKernel loaded = TRY(load_kernel(placement, kernel->range));
  DeviceRange initrd{};
  if (const HostModule* ramdisk = find_module(HostModuleKind::ramdisk)) initrd = TRY(load_ramdisk(placement, ramdisk->range));
  static constinit TreePlan plan{};
  plan_tree(plan, domain, memory, *kernel, initrd, gic);
  MachineAddress tree = TRY(placement.take(dom0_tree_bound(machine::tree(), plan.options), u64{2} << 20));
  size_t tree_size = TRY(write_tree(plan.options, tree));
  log_info("dom0: kernel at {:#x}, RAM disk at {:#x} ({} kB), device tree at {:#x} ({} bytes)", loaded.entry, initrd.start,
           initrd.size >> 10, tree, tree_size);
  TRY(give_devices(domain, plan.options, gic));
  for (u32 id = 0; id < domain.max_vcpus(); ++id) {
    Vcpu* vcpu = TRY(domain.build_vcpu(VcpuId{id}));
    if (id == 0) reset_vcpu(*vcpu, loaded.entry, tree.raw());
  }
  return {};
}

}  // namespace

Result<Ref<Domain>> build() {
  Ref<Domain> domain = TRY(create_domain());
  TRY(load(*domain));
  TRY(DomainTable::publish(domain));
  domain->vcpu(VcpuId{0})->resume(Vcpu::down);
  return domain;
}

}  // namespace xenolith::dom0
