// SPDX-License-Identifier: MIT
// What an exit means, from the values that the processor left: to hvm::Exit, and to the event that is to be delivered again.
#pragma once

#include "arch/x86/hvm/vendor.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vmx {

// Intel SDM volume 3D, appendix C "VMX Basic Exit Reasons".
enum class BasicReason : u16 {
  exception_or_nmi = 0, interrupt = 1, triple_fault = 2, init = 3, startup = 4, io_smi = 5, other_smi = 6,
  interrupt_window = 7, nmi_window = 8, task_switch = 9, cpuid = 10, getsec = 11, hlt = 12, invd = 13, invlpg = 14,
  rdpmc = 15, rdtsc = 16, rsm = 17, vmcall = 18, vmclear = 19, vmlaunch = 20, vmptrld = 21, vmptrst = 22, vmread = 23,
  vmresume = 24, vmwrite = 25, vmxoff = 26, vmxon = 27, control_register = 28, debug_register = 29, io = 30, rdmsr = 31,
  wrmsr = 32, invalid_guest_state = 33, msr_loading = 34, mwait = 36, trap_flag = 37, monitor = 39, pause = 40,
  machine_check_on_entry = 41, tpr_below_threshold = 43, apic_access = 44, virtual_eoi = 45, gdtr_idtr = 46, ldtr_tr = 47,
  ept_violation = 48, ept_misconfiguration = 49, invept = 50, rdtscp = 51, preemption_timer = 52, invvpid = 53, wbinvd = 54,
  xsetbv = 55, apic_write = 56, rdrand = 57, invpcid = 58, vmfunc = 59, encls = 60, rdseed = 61, xsaves = 63, xrstors = 64,
};

// The exit reason field (section 25.9.1 "Basic VM-Exit Information").
struct ReasonField {
  using Basic = Bits<15, 0>;
  using EntryFailure = Bits<31>;
};

// Interruption information of exits and entries, and IDT-vectoring information: the same layout.
struct EventInformation {
  using Vector = Bits<7, 0>;
  using Kind = Bits<10, 8>;
  using HasError = Bits<11>;
  using UnblockedNmi = Bits<12>;  // of an exit: IRET was executing
  using Valid = Bits<31>;
};
enum class EventKind : u8 {
  interrupt = 0, nmi = 2, hardware_exception = 3, software_interrupt = 4, privileged_software_exception = 5, software_exception = 6,
};

struct RawExit {
  u32 reason = 0;
  u64 qualification = 0;
  u32 event = 0, event_error = 0;  // interruption information
  u32 instruction_length = 0;
  u64 guest_physical = 0;
};

// Which of RawExit's fields mean something for an exit with this reason; the others need not be read.
struct NeededFields {
  bool qualification = false, event = false, instruction_length = false, guest_physical = false;
};
NeededFields needed_fields(u32 reason);

hvm::Exit decode(const RawExit& raw);

// Interruption information for an entry. The error code is pushed in protected mode only (section 27.2.1.3 "VM-Entry Control Fields").
u32 entry_event(const hvm::Event& event, bool protected_mode);
// The exit came from an IRET that had unblocked NMIs and runs again: they are still blocked (section 28.2.2 "Information for VM Exits
// Due to Vectored Events", table "Exit Qualification for EPT Violations").
bool unblocked_nmi(const RawExit& raw);
// The event that an exit interrupted, as interruption information for the next entry; 0: none, or one that comes by itself.
u32 event_to_repeat(u32 interrupted);

}  // namespace xenolith::vmx
