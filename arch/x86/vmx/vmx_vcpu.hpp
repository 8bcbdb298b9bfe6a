// SPDX-License-Identifier: MIT
// One vCPU on VMX. What the VMCS holds is read from there when asked for; what is needed at each entry, or what the hardware does not
// hold for a guest (CR2, DR6, the system call MSRs), is kept here.
#pragma once

#include "arch/x86/hvm/address_space_tag.hpp"
#include "arch/x86/hvm/guest_policy.hpp"
#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/vmx/controls.hpp"
#include "arch/x86/vmx/entry_checks.hpp"
#include "arch/x86/vmx/exit_decode.hpp"
#include "arch/x86/vmx/guest_checks.hpp"
#include "arch/x86/vmx/switched_msrs.hpp"
#include "arch/x86/vmx/vmcs.hpp"

namespace xenolith::vmx {

class VmxVcpu final : public hvm::VendorVcpu {
 public:
  static Result<hvm::VendorVcpu*> create(Vcpu& vcpu);
  VmxVcpu(Vcpu& vcpu, HeapPages page) : vcpu_{vcpu}, vmcs_{std::move(page)} {}

  void destroy() override;
  void load() override;
  void save() override;
  hvm::Exit run(GuestRegisters& registers) override;

  hvm::ControlRegisters controls() const override;
  void set_cr0(u64 value) override;
  void set_cr2(u64 value) override { cr2_ = value; }
  void set_cr3(u64 value) override;
  void set_cr4(u64 value) override;
  void set_efer(u64 value) override;
  hvm::SegmentRegister segment(Segment which) const override { return read_segment(static_cast<unsigned>(which)); }
  void set_segment(Segment which, const hvm::SegmentRegister& value) override {
    write_segment(static_cast<unsigned>(which), value);
  }
  hvm::SegmentRegister system_segment(hvm::SystemSegment which) const override;
  void set_system_segment(hvm::SystemSegment which, const hvm::SegmentRegister& value) override;
  hvm::TableRegister gdtr() const override;
  hvm::TableRegister idtr() const override;
  void set_gdtr(const hvm::TableRegister& value) override;
  void set_idtr(const hvm::TableRegister& value) override;
  u64 dr6() const override;
  void set_dr6(u64 value) override;
  u64 dr7() const override { return vmcs_.read(FieldNatural::guest_dr7); }
  void set_dr7(u64 value) override { vmcs_.write(FieldNatural::guest_dr7, value); }
  unsigned privilege() const override;

  Result<u64> read_msr(u32 number) const override;
  Result<void> write_msr(u32 number, u64 value) override;

  bool has_event() const override { return event_ != 0; }
  void inject(const hvm::Event& event) override;
  bool can_take_interrupt(u64 rflags) const override;
  bool can_take_nmi() const override;
  void set_interrupt_window(bool wanted) override { want_primary(primary::interrupt_window, wanted); }
  void set_nmi_window(bool wanted) override { want_primary(primary::nmi_window, wanted); }
  void end_interrupt_shadow() override { blocking_ &= ~blocking::shadow; }

  void set_interrupts(const hvm::InterruptStatus& status) override;
  hvm::InterruptStatus interrupts() const override { return interrupts_; }
  void set_ends_that_exit(const std::array<u64, 4>& vectors) override;
  void set_apic_access(bool by_x2apic_msrs) override;

  void set_tsc(const GuestCounter& counter, bool reads_exit) override;
  void flush_tlb() override { flush_own_ = true; }
  void flush_nested() override { flush_nested_ = true; }
  void dump() const override;

 private:
  void initialise();
  void write_controls();
  void write_virtual_apic();
  void write_page_pointers();
  void flush_translations();
  void write_entry_state(const GuestRegisters& registers);
  void read_exit_state(GuestRegisters& registers);
  hvm::Exit read_exit();
  void take_event(const RawExit& raw);
  void note_debug_exception(const RawExit& raw);
  hvm::Exit report_failed_instruction(Status status);
  void report_failed_entry(u32 reason) const;
  GuestSnapshot snapshot() const;
  ControlSnapshot control_snapshot() const;
  HostSnapshot host_snapshot() const;
  void tell_wrong_fields() const;
  void want_primary(u32 bit, bool wanted) { primary_ = wanted ? primary_ | bit : primary_ & ~bit; }
  hvm::SegmentRegister read_segment(unsigned segment) const;
  void write_segment(unsigned segment, const hvm::SegmentRegister& value);

  Vcpu& vcpu_;
  mutable Vmcs vmcs_;
  u64 cr0_ = 0, cr2_ = 0, cr4_ = 0, efer_ = 0;  // as the guest sees them
  u64 dr6_ = hvm::initial_dr6;                  // while it is not loaded
  GuestCounter tsc_;
  u64 ept_pointer_ = 0;
  u32 primary_ = 0, primary_written_ = 0;       // controls: wanted, in the VMCS
  u32 event_ = 0, event_error_ = 0;             // for the next entry
  hvm::InterruptStatus interrupts_{};           // as in the VMCS
  bool has_apic_msrs_ = false;
  u32 blocking_ = 0, blocking_written_ = 0;     // interruptibility state: now, in the VMCS
  u32 host_cpu_ = ~u32{0};                      // whose host state is in the VMCS
  bool loaded_ = false;                         // DR6 and switched MSRs are in the registers of this CPU
  bool flush_own_ = false, flush_nested_ = true;
  bool page_pointers_stale_ = true;
  SwitchedMsrs msrs_;
  hvm::AddressSpaceTag tag_;
};

}  // namespace xenolith::vmx
