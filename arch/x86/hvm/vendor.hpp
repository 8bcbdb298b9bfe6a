// SPDX-License-Identifier: MIT
// The boundary to the virtualisation hardware. SVM and VMX each implement these two classes; nothing above knows which
// one runs. What both must do alike is in guest_policy.hpp.
#pragma once

#include <array>
#include <span>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/include/arch/nested_entry.hpp"
#include "arch/x86/insn/instruction.hpp"
#include "arch/x86/insn/registers.hpp"
#include "arch/x86/time/guest_counter.hpp"
#include "core/base/own.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// A segment register with its hidden part. Attributes: type 3:0, S 4, DPL 6:5, P 7, AVL 8, L 9, D/B 10, G 11
// (AMD64 APM volume 2, section 15.5 "VMRUN Instruction", Figure 15-1).
struct SegmentRegister {
  u16 selector = 0;
  u16 attributes = 0;
  u32 limit = 0;
  u64 base = 0;

  bool is_long() const { return attributes & 0x200; }
  bool is_default_big() const { return attributes & 0x400; }
  unsigned privilege() const { return attributes >> 5 & 3; }
};
enum class SystemSegment : u8 { ldtr, tr };
struct TableRegister {
  u64 base = 0;
  u32 limit = 0;
};

struct ControlRegisters {
  u64 cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0, efer = 0;
};

constexpr CodeSize code_size_of(const SegmentRegister& cs, u64 efer_value) {
  if ((efer_value & efer::lma) && cs.is_long()) return CodeSize::bits64;
  return cs.is_default_big() ? CodeSize::bits32 : CodeSize::bits16;
}

// An event to be delivered at the next entry.
struct Event {
  enum class Kind : u8 { interrupt = 0, nmi = 2, exception = 3, software_interrupt = 4 };
  Kind kind = Kind::interrupt;
  u8 vector = 0;
  bool has_error = false;
  u32 error = 0;
};

enum class ExitReason : u8 {
  interrupt,         // of the host: handled when interrupts are on again
  nmi,               // of the host
  interrupt_window,  // the guest can take an interrupt now
  exception,         // vector, error, cr2
  nested_fault,      // guest_physical, access
  cpuid, hypercall, rdmsr, wrmsr, hlt, xsetbv, invd, wbinvd, monitor, mwait, pause, rdpmc, rdtsc, rdtscp, rsm, icebp, invlpg,
  io,                // port, io_*
  control_register,  // control, or decoded by the handler
  debug_register,
  descriptor_table,
  virtualisation_instruction,  // VMRUN, VMXON... : #UD while nested virtualisation is not offered
  task_switch,
  shutdown,          // triple fault
  invalid_state,     // the hardware refused the guest's state
  machine_check,
  end_of_interrupt,  // vector: ended by the guest where the hardware delivers interrupts
  apic_write,        // apic_offset: likewise, a write that the hardware does not perform to the end
  unknown,
};

// An instruction that reads or writes a control register.
struct ControlAccess {
  enum class Kind : u8 { unknown, move_to, move_from, clear_task_switched, load_status, store_status };
  Kind kind = Kind::unknown;  // unknown: the hardware does not tell
  u8 number = 0;              // of the control register, for moves
  Gpr gpr = Gpr::rax;         // for moves
  u16 status = 0;             // the operand of LMSW
};

struct Exit {
  ExitReason reason = ExitReason::unknown;
  u8 vector = 0;            // exception
  bool has_error = false;
  u8 instruction_length = 0;  // 0: the hardware does not tell, decode
  u32 error = 0;
  u64 fault_address = 0;    // exception: CR2 of a page fault
  u64 guest_physical = 0;   // nested_fault
  bool write = false, execute = false;  // nested_fault
  // io
  u16 port = 0;
  u8 io_size = 0;           // bytes
  bool io_in = false, io_string = false, io_rep = false;
  // nested_fault: the instruction's bytes, if the hardware has them; valid until the next entry.
  std::span<const u8> instruction_bytes;
  ControlAccess control{};  // control_register
  u16 apic_offset = 0;      // apic_write
  u64 code = 0;             // the hardware's own exit code, for messages
};

// The highest vector that is requested of the local APIC, and in service there; 0: none.
struct InterruptStatus {
  u8 requested = 0, in_service = 0;
  constexpr bool operator==(const InterruptStatus&) const = default;
};

// What one vCPU has in the virtualisation hardware. Its own CPU only, or any while the vCPU is off its CPU.
class VendorVcpu {
 public:
  virtual void destroy() = 0;

  virtual void load() = 0;   // it is dispatched on this CPU
  virtual void save() = 0;
  // Enters the guest with interrupts off; returns after the exit, interrupts off.
  virtual Exit run(GuestRegisters& registers) = 0;

  virtual ControlRegisters controls() const = 0;
  virtual void set_cr0(u64 value) = 0;
  virtual void set_cr2(u64 value) = 0;
  virtual void set_cr3(u64 value) = 0;
  virtual void set_cr4(u64 value) = 0;
  virtual void set_efer(u64 value) = 0;
  virtual SegmentRegister segment(Segment which) const = 0;
  virtual void set_segment(Segment which, const SegmentRegister& value) = 0;
  virtual SegmentRegister system_segment(SystemSegment which) const = 0;
  virtual void set_system_segment(SystemSegment which, const SegmentRegister& value) = 0;
  virtual TableRegister gdtr() const = 0;
  virtual TableRegister idtr() const = 0;
  virtual void set_gdtr(const TableRegister& value) = 0;
  virtual void set_idtr(const TableRegister& value) = 0;
  virtual u64 dr6() const = 0;
  virtual void set_dr6(u64 value) = 0;
  virtual u64 dr7() const = 0;
  virtual void set_dr7(u64 value) = 0;
  virtual unsigned privilege() const = 0;
  // code_size_of() what runs now. Asked at nearly each exit: worth an override that reads nothing else.
  virtual CodeSize code_size() const { return code_size_of(segment(Segment::cs), controls().efer); }

  // MSRs that the hardware keeps for the guest. ENODEV: not one of them; EINVAL: the value raises #GP.
  virtual Result<u64> read_msr(u32 number) const = 0;
  virtual Result<void> write_msr(u32 number, u64 value) = 0;

  // ---- events
  virtual bool has_event() const = 0;            // one is to be delivered at the next entry
  virtual void inject(const Event& event) = 0;
  virtual bool can_take_interrupt(u64 rflags) const = 0;  // IF set, no shadow, no event yet
  virtual bool can_take_nmi() const = 0;
  virtual void set_interrupt_window(bool wanted) = 0;
  virtual void set_nmi_window(bool wanted) = 0;  // an exit, soon after can_take_nmi() would have become true
  virtual void end_interrupt_shadow() = 0;

  // ---- the local APIC, where Vendor::delivers_interrupts(): the hardware works on VcpuState::apic_page during a stay
  virtual void set_interrupts(const InterruptStatus&) {}  // before an entry; what is requested is delivered as priorities allow
  virtual InterruptStatus interrupts() const { return {}; }  // after the exit
  virtual void set_ends_that_exit(const std::array<u64, 4>&) {}  // a bit for each vector
  virtual void set_apic_access(bool /*by_x2apic_msrs*/) {}       // true: the guest reaches its registers by MSRs without an exit

  // The guest's time stamp counter. `reads_exit`: RDTSC and RDTSCP make an exit, else the processor answers, and
  // Vendor::tsc_scaling() can do the ratio.
  virtual void set_tsc(const GuestCounter& counter, bool reads_exit) = 0;
  // Before the next entry all of this vCPU's translations are void: its own page tables have changed; or, of flush_nested(),
  // those of the domain.
  virtual void flush_tlb() = 0;
  virtual void flush_nested() = 0;
  virtual void dump() const = 0;      // the hardware's own state, to the console

 protected:
  ~VendorVcpu() = default;
};

class Vendor {
 public:
  virtual const char* name() const = 0;
  // On each CPU, before the first guest is entered there. Fails with ENODEV and the reason in the log.
  virtual Result<void> enable_on_this_cpu() = 0;
  virtual Result<VendorVcpu*> create_vcpu(Vcpu& vcpu) = 0;
  // The bytes of the instruction with which a guest makes a hypercall.
  virtual std::span<const u8> hypercall_instruction() const = 0;
  virtual arch::NestedFormat nested_format() const = 0;
  // It delivers the local APIC's interrupts by itself.
  virtual bool delivers_interrupts() const { return false; }
  virtual TscScaling tsc_scaling() const { return {}; }

 protected:
  ~Vendor() = default;
};

// The hardware that this machine has; nullptr without.
Vendor* vendor();
// Boot: finds out which there is and logs its features. Fails with ENODEV when there is none, the reason in the log.
Result<void> detect_vendor();

}  // namespace xenolith::hvm
