// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/gic.hpp"

#include <array>
#include <atomic>
#include <new>

#include "arch/arm64/gic/hardware_system_registers.hpp"
#include "arch/arm64/gic/host_distributor.hpp"
#include "arch/arm64/gic/host_redistributor.hpp"
#include "arch/arm64/gic/layout.hpp"
#include "arch/arm64/gic/cpu_interface.hpp"
#include "arch/arm64/gic/virtual_interface_hardware.hpp"
#include "core/paging/page_table.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"

namespace xenolith::gic {
namespace {

// Registers of the machine and what drives them. Made once by initialise() and never destroyed.
struct Machine {
  explicit Machine(const Description& from) : description{from} {}
  Result<void> map();

  Description description;
  DeviceRegisters distributor_registers, cpu_registers, hypervisor_registers;
  std::array<DeviceRegisters, Description::most_regions> redistributor_registers;
  HardwareSystemRegisters system_registers;
  Locked<HostDistributor, LockRank::gic_distributor, IrqSafety::interrupt> distributor{description.version,
                                                                                       distributor_registers};
  CpuInterfaceV2 cpu_v2{cpu_registers};
  CpuInterfaceV3 cpu_v3{system_registers};
  VirtualInterfaceV2 virtual_v2{hypervisor_registers};
  VirtualInterfaceV3 virtual_v3{system_registers};
  u64 alias_offset = 0;
  u32 interrupts = private_count;
};

// A CPU's own.
struct alignas(arch::cache_line_size) PerCpu {
  u64 target = 0;  // GICv2: its bit; GICv3: affinity
  std::atomic<bool> enabled{false};
  DeviceRegisters* region = nullptr;  // of its redistributor
  u32 offset = 0;
};

alignas(Machine) constinit std::array<std::byte, sizeof(Machine)> machine_storage{};
constinit Machine* machine_pointer = nullptr;
constinit std::array<PerCpu, arch::max_cpus> per_cpu{};
constinit std::array<void (*)(), sgi_count> sgi_handlers{};
constinit std::array<After (*)(), private_count> ppi_handlers{};
constinit std::array<std::atomic<InterruptAction*>, first_special> spi_actions{};
constinit std::atomic<InterruptAction*> lpi_action{nullptr};

Machine& machine() { return *machine_pointer; }
bool is_v3() { return machine().description.version == Version::v3; }
PerCpu& here() { return per_cpu[arch::this_cpu().raw()]; }
CpuInterface& cpu_interface() {
  if (is_v3()) return machine().cpu_v3;
  return machine().cpu_v2;
}
HostRedistributor redistributor() { return HostRedistributor{*here().region, here().offset}; }

u64 this_affinity() {
  u64 value;
  asm volatile("mrs %0, mpidr_el1" : "=r"(value));
  return value & 0xff'00ff'ffff;
}

Result<DeviceRegisters> map_range(const Range& range) {
  if (!range) return Failure{XEN_ENODEV};
  return DeviceRegisters{TRY(mm::map_device(range.first, range.size))};
}

Result<void> Machine::map() {
  distributor_registers = TRY(map_range(description.distributor));
  if (description.version == Version::v3) {
    for (unsigned i = 0; i < description.redistributor_regions; ++i)
      redistributor_registers[i] = TRY(map_range(description.redistributors[i]));
    return {};
  }
  cpu_registers = TRY(map_range(description.cpu_interface));
  hypervisor_registers = TRY(map_range(description.hypervisor_interface));
  alias_offset = cpu_interface_offset(cpu_registers, description.cpu_interface.size);
  if (alias_offset)
    cpu_registers = DeviceRegisters{TRY(mm::map_device(description.cpu_interface.first + alias_offset, 2 * page_size))};
  return {};
}

Result<void> find_own_redistributor() {
  for (unsigned i = 0; i < machine().description.redistributor_regions; ++i) {
    DeviceRegisters& region = machine().redistributor_registers[i];
    Result<u32> offset = find_redistributor(region, machine().description.redistributors[i].size,
                                            machine().description.redistributor_stride, this_affinity());
    if (offset.failed()) continue;
    here().region = &region;
    here().offset = *offset;
    return redistributor().initialise();
  }
  return Failure{XEN_ENODEV};
}

u64 boot_target() { return is_v3() ? this_affinity() : machine().distributor.with([](auto& d) { return u64{d.this_cpu_bit()}; }); }

After handle_private(Intid intid) {
  if (is_sgi(intid)) {
    if (auto handler = sgi_handlers[intid.raw()]) handler();
    return After::deactivate;
  }
  auto handler = ppi_handlers[intid.raw()];
  return handler ? handler() : After::deactivate;
}

After handle_shared(Intid intid) {
  // pairs with the release in bind_spi()
  InterruptAction* action = spi_actions[intid.raw()].load(std::memory_order_acquire);
  return action ? action->arrived(intid) : After::deactivate;
}

// An LPI is never active.
void handle_lpi(Intid intid) {
  // pairs with the release in bind_lpis()
  if (InterruptAction* action = lpi_action.load(std::memory_order_acquire)) action->arrived(intid);
}

void handle_one(CpuInterface::Acknowledged interrupt) {
  Intid intid = interrupt.intid();
  cpu_interface().drop_priority(interrupt);
  if (is_lpi(intid)) return handle_lpi(intid);
  After after = is_private(intid) ? handle_private(intid) : handle_shared(intid);
  if (after == After::deactivate) cpu_interface().deactivate(interrupt.word);
}

After maintenance() { return After::deactivate; }  // leaving the guest was all it was for: before_entry() sees what is next

}  // namespace

Result<void> initialise(const Description& from) {
  auto* made = new (machine_storage.data()) Machine{from};
  TRY(made->map());
  machine_pointer = made;
  u64 target = boot_target();
  made->interrupts = made->distributor.with([&](HostDistributor& d) {
    d.initialise(target);
    return d.interrupts();
  });
  ppi_handlers[from.maintenance.raw() % private_count] = maintenance;
  log_info("GICv{}: {} interrupts, distributor at {:#x}", static_cast<unsigned>(from.version), made->interrupts,
           from.distributor.first.raw());
  return {};
}

Result<void> enable_on_this_cpu() {
  InterruptsOff off;
  if (is_v3()) {
    here().target = this_affinity();
    TRY(find_own_redistributor());
    machine().cpu_v3.initialise();
    machine().virtual_v3.initialise();
  } else {
    machine().distributor.with([](HostDistributor& d) {
      d.initialise_private();
      here().target = d.this_cpu_bit();
    });
    machine().cpu_v2.initialise();
    machine().virtual_v2.initialise();
  }
  for (u32 n = sgi_count; n < private_count; ++n)
    if (ppi_handlers[n]) set_ppi_enabled(Intid{n}, true);
  here().enabled.store(true, std::memory_order_release);  // pairs with the acquire in send_sgi_to_others()
  return {};
}

const Description& description() { return machine().description; }
Version version() { return machine().description.version; }
u32 interrupts() { return machine().interrupts; }
Range guest_cpu_interface() {
  const Range& range = machine().description.virtual_cpu_interface;
  if (!range) return {};
  return {range.first + machine().alias_offset, 2 * page_size};
}

void send_sgi(CpuId cpu, Sgi sgi) {
  asm volatile("dsb ishst" ::: "memory");  // what was written before is seen by the CPU that is interrupted
  Intid intid{static_cast<u32>(sgi)};
  u64 target = per_cpu[cpu.raw()].target;
  if (is_v3()) {
    machine().system_registers.write(SystemRegister::icc_sgi1r, sgi1r_for(target, intid));
    machine().system_registers.synchronize();
    return;
  }
  // One write, which needs no lock.
  machine().distributor.unsynchronised().send_sgi(static_cast<u8>(target), intid);
}

void send_sgi_to_others(Sgi sgi) {
  for (unsigned cpu = 0; cpu < arch::max_cpus; ++cpu)
    if (CpuId{cpu} != arch::this_cpu() && per_cpu[cpu].enabled.load(std::memory_order_acquire)) send_sgi(CpuId{cpu}, sgi);
}

void set_sgi_handler(Sgi sgi, void (*handler)()) { sgi_handlers[static_cast<unsigned>(sgi)] = handler; }
void set_ppi_handler(Intid ppi, After (*handler)()) { ppi_handlers[ppi.raw() % private_count] = handler; }

// GICv2 has the registers of private interrupts once for each CPU, and each change is one write: no lock is needed. All CPUs come here
// at each switch of vCPUs.
void set_ppi_active(Intid ppi, bool active) {
  if (is_v3()) redistributor().set_active(ppi, active);
  else machine().distributor.unsynchronised().set_active(ppi, active);
}
void set_ppi_enabled(Intid ppi, bool enabled) {
  if (is_v3()) redistributor().set_enabled(ppi, enabled);
  else machine().distributor.unsynchronised().set_enabled(ppi, enabled);
}

Result<void> bind_spi(Intid spi, InterruptAction& action) {
  if (!is_spi(spi) || spi.raw() >= interrupts()) return Failure{XEN_EINVAL};
  InterruptAction* none = nullptr;
  bool bound = spi_actions[spi.raw()].compare_exchange_strong(none, &action, std::memory_order_acq_rel);
  if (!bound) return Failure{XEN_EBUSY};
  return {};
}

void unbind_spi(Intid spi) {
  machine().distributor.with([&](HostDistributor& d) { d.set_enabled(spi, false); });
  spi_actions[spi.raw()].store(nullptr, std::memory_order_release);
}

Result<void> bind_lpis(InterruptAction& action) {
  if (!has_lpis()) return Failure{XEN_ENODEV};
  InterruptAction* none = nullptr;
  if (!lpi_action.compare_exchange_strong(none, &action, std::memory_order_acq_rel)) return Failure{XEN_EBUSY};
  return {};
}
void unbind_lpis(InterruptAction& action) {
  InterruptAction* owner = &action;
  lpi_action.compare_exchange_strong(owner, nullptr, std::memory_order_acq_rel);
}

// GICD_TYPER.LPIS (Arm IHI 0069, "GICD_TYPER, Interrupt Controller Type Register").
bool has_lpis() {
  constexpr u32 type = 0x004;
  return is_v3() && (machine().distributor_registers.read(type) & 1u << 17) != 0;
}

MachineAddress redistributor_place(CpuId cpu) {
  const PerCpu& its = per_cpu[cpu.raw()];
  for (unsigned i = 0; i < machine().description.redistributor_regions; ++i)
    if (its.region == &machine().redistributor_registers[i]) return machine().description.redistributors[i].first + its.offset;
  return MachineAddress{0};
}

u64 read_redistributor(CpuId cpu, u32 offset) {
  const PerCpu& its = per_cpu[cpu.raw()];
  if (!its.region) return 0;
  return offset < 8 ? its.region->read(its.offset + offset) : its.region->read64(its.offset + offset);
}
void write_redistributor(CpuId cpu, u32 offset, u64 value) {
  const PerCpu& its = per_cpu[cpu.raw()];
  if (!its.region) return;
  if (offset < 8) its.region->write(its.offset + offset, static_cast<u32>(value));
  else its.region->write64(its.offset + offset, value);
}

bool is_bound(Intid spi) { return is_spi(spi) && spi_actions[spi.raw()].load(std::memory_order_acquire) != nullptr; }

void set_spi(Intid spi, bool enabled, Trigger trigger, CpuId cpu) {
  machine().distributor.with([&](HostDistributor& d) {
    if (!enabled) return d.set_enabled(spi, false);
    d.route(spi, per_cpu[cpu.raw()].target);
    if (d.is_enabled(spi)) return;
    d.set_trigger(spi, trigger);
    d.set_enabled(spi, true);
  });
}

void set_spi_pending(Intid spi, bool pending) {
  machine().distributor.with([&](HostDistributor& d) { d.set_pending(spi, pending); });
}

// That is all, by the architecture. QEMU 7.2's GICv2, though, ends the active state on the CPU where the guest did it, not on the one that took the
// interrupt, and does not look whether it has come again: it stays away, for a while or for good. This write ends it on all CPUs, and QEMU looks.
// If another CPU has just taken it anew, it may come twice.
void guest_has_ended(Intid spi) {
  if (!is_v3()) machine().distributor.unsynchronised().set_active(spi, false);
}

void deactivate(Intid intid) { cpu_interface().deactivate(intid.raw()); }

void handle_interrupts() {
  for (;;) {
    CpuInterface::Acknowledged interrupt = cpu_interface().acknowledge();
    if (is_special(interrupt.intid())) return;
    handle_one(interrupt);
  }
}

VirtualInterface& virtual_interface() {
  if (is_v3()) return machine().virtual_v3;
  return machine().virtual_v2;
}

}  // namespace xenolith::gic
