// SPDX-License-Identifier: MIT
// LocalApic: the virtual local APIC of one vCPU.
// Source: Intel SDM volume 3, "Advanced Programmable Interrupt Controller (APIC)"; docs/apic.md tells the rules.
#pragma once

#include <atomic>
#include <optional>

#include "arch/x86/vapic/apic_address.hpp"
#include "arch/x86/vapic/apic_events.hpp"
#include "arch/x86/vapic/apic_requests.hpp"
#include "arch/x86/vapic/apic_timer.hpp"
#include "arch/x86/vapic/local_apic_port.hpp"
#include "arch/x86/vapic/register_page.hpp"
#include "core/base/interface.hpp"
#include "core/base/result.hpp"

namespace xenolith::vapic {

class ApicBus;

// What an access to an MSR leads to; on general_protection nothing has changed.
enum class [[nodiscard]] MsrOutcome : u8 { done, general_protection };

class LocalApic {
 public:
  static constexpr GuestPhysical mmio_base{0xfee0'0000};  // fixed: IA32_APIC_BASE cannot move it
  static constexpr u32 msr_base = 0x1b;                   // IA32_APIC_BASE
  static constexpr u32 msr_tsc_deadline = 0x6e0;          // IA32_TSC_DEADLINE
  static constexpr u32 msr_x2apic_first = 0x800, msr_x2apic_last = 0x83f;
  static constexpr bool handles_msr(u32 number) {
    return number == msr_base || number == msr_tsc_deadline ||
           (number >= msr_x2apic_first && number <= msr_x2apic_last);
  }

  struct Configuration {
    ApicId id;
    bool bootstrap = false;     // runs from the start; others wait for a start-up interrupt
    bool x2apic = true;         // offered in CPUID
    bool tsc_deadline = true;   // likewise
    bool directed_eoi = false;  // EOI-broadcast suppression, for domains whose IO-APICs have an EOI register
    u32* registers = nullptr;   // a page of zeros to keep the registers in, for a processor that works on them
  };
  LocalApic(const Configuration& configuration, LocalApicPort& port, ApicBus& bus);
  LocalApic(const LocalApic&) = delete;
  LocalApic& operator=(const LocalApic&) = delete;

  // ================ any CPU, no lock, any context from which the port's wake() may be called
  ApicId id() const { return configuration_.id; }
  // pairs with the release in publish()
  ApicAddress address() const { return {configuration_.id, address_.load(std::memory_order_acquire)}; }
  // The class that an interrupt must exceed to be taken now; old when it is used.
  u8 priority_class() const { return processor_priority_.load(std::memory_order_relaxed) >> 4; }

  // Makes `vector` pending. False if it is not taken: the APIC is disabled, or the vector is below 16 (an error then).
  bool accept(Vector vector, Trigger trigger = Trigger::edge);
  // False if the vCPU waits to be started; the NMI is lost then.
  bool accept_nmi();
  // What a message does at this APIC, destination and address aside. True if it had an effect.
  bool deliver(const InterruptMessage& message);
  void timer_fired();

  // Something to do: an interrupt that may be deliverable, an NMI, or work for service(). One load.
  bool has_pending() const { return events_.any(); }
  bool is_waiting_for_startup() const { return events_.is_waiting(); }
  // An INIT has come that service() has not performed yet.
  bool has_init() const { return events_.has(ApicEvents::init); }
  // VCPUOP_up and VCPUOP_down start and stop a vCPU without INIT and start-up messages. The vCPU does not run now.
  void set_waiting_for_startup(bool value) { events_.set_waiting(value); }

  // ================ the vCPU's own CPU, or any while the vCPU is paused
  // Performs INIT, start-up, timer expirations and errors. To be called while has_pending(), before the calls below.
  void service();
  // The interrupt to deliver now as far as the APIC is concerned (priorities included, RFLAGS.IF not).
  std::optional<Vector> highest_pending();
  // Moves the vector that highest_pending() has returned from pending to in service.
  void acknowledge(Vector vector);
  bool has_nmi() const { return events_.has(ApicEvents::nmi); }
  // True if there was one; it is delivered now.
  bool acknowledge_nmi() { return events_.take(ApicEvents::nmi); }
  void end_of_interrupt();

  // ---- for a processor that delivers interrupts from the register page by itself (virtual-interrupt delivery)
  struct Handover {
    u8 requested = 0, in_service = 0;  // the highest vector of each; 0: none
    bool triggers_changed = false;     // level_triggered() may say something new
  };
  // Before each stay in the guest: all that was asked for is in the page now, which is the processor's until take_back().
  Handover hand_over();
  void take_back(u8 requested, u8 in_service);
  // A bit for each vector of a group of 32 whose end must be told: hardware_ended().
  u32 level_triggered(unsigned group) const { return page_.get(ApicRegister::trigger_mode + group); }
  void hardware_ended(Vector vector) { broadcast_end(vector); }
  // What is in the page at an offset; of registers that this class derives otherwise it is stale.
  u32 raw_register(u32 offset) const { return page_.get(static_cast<ApicRegister>(offset >> 4)); }

  u8 cr8() const { return static_cast<u8>(page_.get(ApicRegister::task_priority) >> 4); }
  void set_cr8(u8 priority_class);  // 0 to 15

  // ---- registers. `offset` is relative to mmio_base; used only while mmio_enabled().
  bool mmio_enabled() const { return mode_ == ApicMode::xapic; }
  // Accesses of 4 bytes at multiples of 16 are the architecture's; narrower reads see parts of a register and narrower
  // writes are extended by zeros. Whatever else has no effect, reads 0.
  u32 read_mmio(u32 offset, unsigned width);
  void write_mmio(u32 offset, unsigned width, u32 value);
  // MSRs for which handles_msr() is true.
  MsrOutcome read_msr(u32 number, u64& value);
  MsrOutcome write_msr(u32 number, u64 value);

  // ---- sources inside the processor, as their local vector table entries say
  void raise_performance_interrupt();
  void raise_thermal_interrupt() { deliver_local(ApicRegister::lvt_thermal); }
  void raise_lint1() { deliver_local(ApicRegister::lvt_lint1); }
  // Whether the PIC's interrupts reach this vCPU: LINT0 in external mode, or the APIC turned off.
  bool accepts_external_interrupts() const;

  bool is_x2apic_enabled() const { return mode_ == ApicMode::x2apic && is_software_enabled(); }

  // Prints requests, interrupts in service and priorities to the console; old when other CPUs go on.
  void dump() const;

  // ---- state
  void reset();  // as at power-on
  // For records of types LAPIC and LAPIC_REGS.
  void export_state(hvm_hw_lapic& state, hvm_hw_lapic_regs& registers);
  // Hostile input; keeps the ID. Fails with EINVAL and no change where state could not have been reached.
  Result<void> import_state(const hvm_hw_lapic& state, const hvm_hw_lapic_regs& registers);

 private:
  // Error status bits.
  static constexpr u32 error_send_vector = 1u << 5, error_receive_vector = 1u << 6, error_register = 1u << 7;

  std::optional<ApicMode> mode_of(u64 base) const;
  u64 base() const;
  MsrOutcome write_base(u64 value);
  void switch_mode(ApicMode mode);
  void reset_registers();
  void set_identity();
  void publish();
  void update_priority();
  u32 collect(unsigned group);
  void collect_all();
  void settle(unsigned group);
  void broadcast_end(Vector vector);
  void discard_requests();

  bool is_software_enabled() const { return (page_.get(ApicRegister::spurious) & 0x100) != 0; }
  u32 version() const;
  u32 writable_bits(ApicRegister number) const;
  u32 read_register(ApicRegister number);
  void write_register(ApicRegister number, u32 value);
  void write_lvt(ApicRegister number, u32 value);
  void write_spurious(u32 value);
  void mask_lvt();
  void send_command(u32 command, u32 destination);
  MsrOutcome read_x2apic(ApicRegister number, u64& value);
  MsrOutcome write_x2apic(ApicRegister number, u64 value);

  void raise_error(u32 bit);
  void service_init();
  void service_timer();
  void service_errors();
  void deliver_local(ApicRegister lvt);
  void restore_register(ApicRegister number, u32 value);
  void restore_timer(const hvm_hw_lapic& state, u32 initial, u32 current, u32 divide);
  void restore_requests();

  const Configuration configuration_;
  LocalApicPort& port_;
  ApicBus& bus_;

  // Written by all CPUs.
  ApicEvents events_;
  ApicRequests requests_;
  std::atomic<u32> errors_{0};  // bits for the error status register, not yet latched
  // Written by the own CPU, read by all.
  std::atomic<u32> address_{0};
  std::atomic<u8> processor_priority_{0};
  // The own CPU's.
  ApicMode mode_ = ApicMode::xapic;
  Vector in_service_{0};  // highest vector in service; 0: none
  bool triggers_changed_ = true;
  ApicTimer timer_;
  RegisterPage page_;
};

}  // namespace xenolith::vapic
