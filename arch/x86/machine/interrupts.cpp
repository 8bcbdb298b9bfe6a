// SPDX-License-Identifier: MIT
#include "arch/x86/machine/interrupts.hpp"

#include <arch/domain_state.hpp>

#include <atomic>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/local_apic.hpp"
#include "arch/x86/irq/guest_lines.hpp"
#include "arch/x86/irq/hardware_port_io.hpp"
#include "arch/x86/irq/io_apic_mmio.hpp"
#include "arch/x86/irq/pic.hpp"
#include "arch/x86/machine/late.hpp"
#include "arch/x86/serial/serial_console.hpp"
#include "core/acpi/madt.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith::machine {
namespace {

class LocalApicPort final : public irq::HostApicPort {
 public:
  void end_of_interrupt() override { local_apic::end_of_interrupt(); }
  bool is_requested(Vector vector) override { return local_apic::is_requested(vector); }
  void request_reap(CpuId cpu) override { raise_work(cpu, Work::reap); }
  irq::ApicId apic_id(CpuId cpu) override { return irq::ApicId{cpu_block(cpu)->apic_id}; }
};
constinit LocalApicPort apic_port;

constinit Late<irq::HostInterrupts> interrupts;
constinit Late<irq::HostIoApics> io_apics;

// The hardware domain's lines: its virtual IO-APICs on one side, the host's pins on the other.
class HardwareLines final : public vapic::IoApicPort, public irq::GuestLinePort {
 public:
  explicit HardwareLines(Domain& domain) : domain_{domain}, lines_{interrupts.get(), io_apics.get(), *this} {}
  irq::GuestLines& lines() { return lines_; }

  void entry_changed(Gsi gsi, vapic::RedirectionEntry entry) override {
    Result<void> bound = lines_.guest_entry_changed(gsi);
    if (bound.failed() && !entry.is_masked())
      log_guest(LogLevel::warning, "d{}: GSI {} cannot be bound: error {}", domain_.id(), gsi, bound.error());
  }
  void end_of_interrupt(Gsi gsi) override { lines_.guest_eoi(gsi); }

  void set_line(Gsi gsi, bool asserted) override {
    vapic::IoApic* io_apic = domain_.arch().io_apics().find(gsi);
    if (!io_apic || gsi.raw() >= most_gsis) return;
    std::atomic<u32>& word = asserted_[gsi.raw() / 32];
    u32 bit = 1u << gsi.raw() % 32;
    bool before = (asserted ? word.fetch_or(bit) : word.fetch_and(~bit)) & bit;
    if (before == asserted) return;
    if (asserted) io_apic->assert_line(gsi);
    else io_apic->deassert_line(gsi);
  }
  irq::LineMode mode(Gsi gsi) override {
    vapic::IoApic* io_apic = domain_.arch().io_apics().find(gsi);
    if (!io_apic) return {true, irq::Trigger::edge, irq::Polarity::active_high};
    vapic::RedirectionEntry entry = io_apic->entry(gsi);
    return {entry.is_masked(), entry.is_level() ? irq::Trigger::level : irq::Trigger::edge,
            entry.is_active_low() ? irq::Polarity::active_low : irq::Polarity::active_high};
  }
  CpuSet preferred_cpus(Gsi) override {
    Vcpu* first = domain_.vcpu(VcpuId{0});
    return first ? CpuSet::of(first->run().cpu()) : CpuSet::of(CpuId{0});
  }

 private:
  static constexpr u32 most_gsis = 1024;
  Domain& domain_;
  irq::GuestLines lines_;
  std::atomic<u32> asserted_[most_gsis / 32]{};
};
constinit Late<HardwareLines> hardware_lines;
constexpr unsigned most_serial_lines = 2;

Result<void> add_io_apic(const MadtEntry& entry) {
  Own<irq::IoApicMmio> window = TRY(irq::IoApicMmio::create(entry.io_apic_address()));
  TRY(io_apics.get().add(entry.io_apic_first_gsi(), *window));
  log_debug("IO-APIC {} at {:#x}, GSI {}", entry.io_apic_id(), entry.io_apic_address(), entry.io_apic_first_gsi());
  window.release();  // stays
  return {};
}

u16 flags_of(const MadtEntry& entry) {
  return static_cast<u16>(static_cast<u16>(entry.polarity()) | static_cast<u16>(entry.trigger()) << 2);
}

}  // namespace

irq::HostInterrupts& host_interrupts() { return interrupts.get(); }
irq::HostIoApics& host_io_apics() { return io_apics.get(); }

Result<void> initialise_interrupts(const Madt& madt) {
  irq::HardwarePortIo ports;
  if (madt.has_8259()) irq::silence_pics(ports);
  interrupts.build(apic_port);
  io_apics.build();
  Result<void> result;
  madt.for_each([&](const MadtEntry& entry) {
    if (entry.type() == MadtType::io_apic && add_io_apic(entry).failed())
      log_warning("IO-APIC at {:#x} cannot be used", entry.io_apic_address());
    if (entry.type() == MadtType::interrupt_override &&
        io_apics.get().override_isa(entry.source_irq(), entry.override_gsi(), flags_of(entry)).failed())
      log_warning("interrupt override of ISA IRQ {} is wrong", entry.source_irq());
  });
  return result;
}

Result<void> add_interrupt_cpu(CpuId cpu) { return interrupts.get().add_cpu(cpu); }

Result<void> give_lines(Domain& domain, const Madt& madt) {
  HardwareLines& made = hardware_lines.build(domain);
  TRY(made.lines().initialise());
  for (unsigned line = 0; line < most_serial_lines; ++line)
    if (std::optional<serial::Claim> claim = serial::claim(line); claim && claim->gsi) TRY(made.lines().reserve(*claim->gsi));
  Result<void> result;
  madt.for_each([&](const MadtEntry& entry) {
    if (entry.type() != MadtType::io_apic || result.failed()) return;
    std::optional<irq::HostIoApics::Pin> pin = io_apics.get().find(entry.io_apic_first_gsi());
    if (!pin) return;
    result = domain.arch().add_io_apic({.address = GuestPhysical{entry.io_apic_address().raw()},
                                        .first = entry.io_apic_first_gsi(),
                                        .pins = pin->io_apic->pins(),
                                        .id = static_cast<u8>(entry.io_apic_id() & 0xf),
                                        .version = 0x20},
                                       made);
  });
  return result;
}

}  // namespace xenolith::machine
