// SPDX-License-Identifier: MIT
// One vCPU's VMCB.
#pragma once

#include "arch/x86/hvm/address_space_tag.hpp"
#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/svm/clean_state.hpp"
#include "arch/x86/svm/vmcb.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith::svm {

class SvmVcpu final : public hvm::VendorVcpu {
 public:
  static Result<hvm::VendorVcpu*> create(Vcpu& vcpu);
  SvmVcpu(Vcpu& vcpu, HeapPages page) : vcpu_{vcpu}, page_{std::move(page)}, vmcb_{*page_.as<Vmcb>()} {}

  void destroy() override;
  void load() override;
  void save() override { loaded_ = false; }
  hvm::Exit run(GuestRegisters& registers) override;

  hvm::ControlRegisters controls() const override;
  void set_cr0(u64 value) override { change(vmcb_.cr0, value, Group::control); }
  void set_cr2(u64 value) override;
  void set_cr3(u64 value) override { change(vmcb_.cr3, value, Group::control); }
  void set_cr4(u64 value) override { change(vmcb_.cr4, value, Group::control); }
  void set_efer(u64 value) override;
  hvm::SegmentRegister segment(Segment which) const override;
  void set_segment(Segment which, const hvm::SegmentRegister& value) override;
  hvm::SegmentRegister system_segment(hvm::SystemSegment which) const override;
  void set_system_segment(hvm::SystemSegment which, const hvm::SegmentRegister& value) override;
  hvm::TableRegister gdtr() const override { return {vmcb_.gdtr.base, vmcb_.gdtr.limit}; }
  hvm::TableRegister idtr() const override { return {vmcb_.idtr.base, vmcb_.idtr.limit}; }
  void set_gdtr(const hvm::TableRegister& value) override;
  void set_idtr(const hvm::TableRegister& value) override;
  u64 dr6() const override { return vmcb_.dr6; }
  void set_dr6(u64 value) override { change(vmcb_.dr6, value, Group::debug); }
  u64 dr7() const override { return vmcb_.dr7; }
  void set_dr7(u64 value) override { change(vmcb_.dr7, value, Group::debug); }
  unsigned privilege() const override { return vmcb_.cpl; }
  CodeSize code_size() const override;

  Result<u64> read_msr(u32 number) const override;
  Result<void> write_msr(u32 number, u64 value) override;

  bool has_event() const override { return interrupt_requested_ || EventField::Valid::get(vmcb_.event_injection); }
  void inject(const hvm::Event& event) override;
  bool can_take_interrupt(u64 rflags) const override;
  bool can_take_nmi() const override { return !has_event() && !(vmcb_.interrupt_shadow & 1); }
  void set_interrupt_window(bool wanted) override;
  void set_nmi_window(bool wanted) override;
  void end_interrupt_shadow() override { vmcb_.interrupt_shadow &= ~u64{1}; }

  void set_tsc(const GuestCounter& counter, bool reads_exit) override;
  void flush_tlb() override;
  void flush_nested() override { flush_tlb(); }
  void dump() const override;

 private:
  void initialise();
  void take_tag();
  void load_tsc_ratio() const;
  void request_interrupt(u8 vector);
  void keep_undelivered_event();
  void report_lost_state();
  hvm::Exit decode_exit();
  VmcbSegment& segment_field(Segment which) const;
  template <class T>
  void change(T& field, T value, Group group) {
    field = value;
    clean_.changed(group);
  }

  Vcpu& vcpu_;
  HeapPages page_;
  Vmcb& vmcb_;
  bool interrupt_requested_ = false;  // V_IRQ stands for an interrupt that is being delivered, not for a window
  CleanState clean_;
  TscRatio tsc_ratio_;     // in the processor while this runs
  bool loaded_ = false;    // on this CPU
  bool flush_wanted_ = false;  // of the translations under the present ASID
  hvm::AddressSpaceTag tag_;
};

}  // namespace xenolith::svm
