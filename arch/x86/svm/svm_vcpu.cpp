// SPDX-License-Identifier: MIT
#include "arch/x86/svm/svm_vcpu.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/guest_policy.hpp"
#include "arch/x86/hvm/io_permissions.hpp"
#include "arch/x86/svm/svm.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"

extern "C" void svm_enter(xenolith::u64 vmcb, xenolith::u64* gpr, xenolith::u64 host_vmcb);
extern "C" const char svm_after_run[];

namespace xenolith::svm {
namespace {

// What a guest must not do by itself.
constexpr u32 intercepted_misc1 = misc1::intr | misc1::nmi | misc1::smi | misc1::init | misc1::rdpmc | misc1::cpuid |
                                  misc1::invd | misc1::hlt | misc1::invlpga | misc1::io | misc1::msr |
                                  misc1::task_switch | misc1::ferr_freeze | misc1::shutdown | misc1::rsm;
constexpr u32 intercepted_misc2 = misc2::vmrun | misc2::vmmcall | misc2::vmload | misc2::vmsave | misc2::stgi |
                                  misc2::clgi | misc2::skinit | misc2::icebp | misc2::wbinvd | misc2::monitor |
                                  misc2::mwait | misc2::xsetbv;
// CR8 goes to the virtual local APIC in software; CR0 and CR4 writes are checked.
constexpr u32 intercepted_cr = 1u << 8 | 1u << (16 + 8) | 1u << (16 + 0) | 1u << (16 + 4);

}  // namespace

Result<hvm::VendorVcpu*> SvmVcpu::create(Vcpu& vcpu) {
  HeapPages page = TRY(HeapPages::allocate());
  Own<SvmVcpu> made = TRY(make<SvmVcpu>(vcpu, std::move(page)));
  made->initialise();
  return static_cast<hvm::VendorVcpu*>(made.release());
}

void SvmVcpu::destroy() { Own<SvmVcpu>{this}.reset(); }

void SvmVcpu::initialise() {
  vmcb_.intercept_cr = intercepted_cr;
  vmcb_.intercept_exceptions = hvm::intercepted_exceptions;
  vmcb_.intercept_misc1 = intercepted_misc1;
  vmcb_.intercept_misc2 = intercepted_misc2;
  if (features().pause_filter) {
    vmcb_.intercept_misc1 |= misc1::pause;
    vmcb_.pause_count = hvm::spinning::pauses;
    vmcb_.pause_threshold = features().pause_threshold ? hvm::spinning::gap : 0;
  }
  vmcb_.io_bitmap = address_of(hvm::io_bitmap(vcpu_.domain())).raw();
  vmcb_.msr_bitmap = address_of(msr_bitmap()).raw();
  vmcb_.nested_control = 1;
  vmcb_.nested_cr3 = address_of(vcpu_.domain().p2m().root()).raw();
  vmcb_.virtual_interrupt = VirtualInterrupt::Masking::mask;
  vmcb_.efer = efer::svme;
  vmcb_.pat = hvm::default_pat;
  vmcb_.cr0 = cr0::et;
  vmcb_.dr6 = hvm::initial_dr6;
  vmcb_.dr7 = hvm::initial_dr7;
  vmcb_.rflags = rflags::fixed;
}

void SvmVcpu::load() {
  if (!tag_.is_of_this_cpu()) clean_.forget();
  loaded_ = true;
  load_tsc_ratio();
  write_cr2(vmcb_.cr2);
}

// VMRUN loads it from the VMCB, but not in Bochs (docs/debugging.md), which saves it there; so the register has it, too, while the vCPU
// is loaded: the hypervisor has no page faults of its own.
void SvmVcpu::set_cr2(u64 value) {
  change(vmcb_.cr2, value, Group::cr2);
  if (loaded_) write_cr2(value);
}

// The ratio is the CPU's, for whatever guest it runs; the host's own counter is not changed by it (AMD64 APM volume 2, section
// 15.30.5 "TSC Ratio MSR (C000_0104h)").
void SvmVcpu::load_tsc_ratio() const {
  if (features().tsc_ratio) set_tsc_ratio(tsc_ratio_);
}

void SvmVcpu::set_tsc(const GuestCounter& counter, bool reads_exit) {
  change(vmcb_.tsc_offset, counter.offset, Group::intercepts);
  change(vmcb_.intercept_misc1, reads_exit ? vmcb_.intercept_misc1 | misc1::rdtsc : vmcb_.intercept_misc1 & ~misc1::rdtsc, Group::intercepts);
  change(vmcb_.intercept_misc2, reads_exit ? vmcb_.intercept_misc2 | misc2::rdtscp : vmcb_.intercept_misc2 & ~misc2::rdtscp, Group::intercepts);
  tsc_ratio_ = reads_exit ? TscRatio{} : counter.ratio;
  if (loaded_) load_tsc_ratio();
}

// With flush by ASID the translations go and the number stays; else a number that has no translations takes its place.
void SvmVcpu::flush_tlb() {
  if (features().flush_by_asid) flush_wanted_ = true;
  else tag_.forget();
}

void SvmVcpu::take_tag() {
  hvm::TagState state = tag_.renew(features().asids);
  bool is_kept = state == hvm::TagState::kept;
  vmcb_.tlb_control = state == hvm::TagState::fresh_and_flush_all ? tlb::flush_all
                      : is_kept && flush_wanted_                  ? tlb::flush_asid
                                                                  : tlb::keep;
  flush_wanted_ = false;
  if (!is_kept) change(vmcb_.asid, tag_.number(), Group::asid);
}

hvm::Exit SvmVcpu::run(GuestRegisters& registers) {
  take_tag();
  vmcb_.rax = registers.rax();
  vmcb_.rsp = registers.rsp();
  vmcb_.rip = registers.rip;
  vmcb_.rflags = registers.rflags;
  u32 clean = clean_.for_entry();
  vmcb_.clean_bits = features().clean_bits ? clean : 0;
  speculation::before_entry(vcpu_.arch().speculation_state);
  svm_enter(address_of(page_.mfn()).raw(), registers.gpr.data(), address_of(this_cpu_block().host_vmcb).raw());
  registers.set_rax(vmcb_.rax);
  registers.set_rsp(vmcb_.rsp);
  registers.rip = vmcb_.rip;
  registers.rflags = vmcb_.rflags;
  keep_undelivered_event();
  if (vmcb_.rip == reinterpret_cast<u64>(svm_after_run) && vmcb_.cr3 == read_cr3()) [[unlikely]] report_lost_state();
  return decode_exit();
}

// A race between QEMU's threads (docs/debugging.md, "The emulator lost the guest's state"): a second exit, of our own instruction
// behind VMRUN, stored our state in place of the guest's.
void SvmVcpu::report_lost_state() {
  dump();
  vcpu_.domain().crash(&vcpu_, "d{}v{}: the emulator lost the guest's state", vcpu_.domain().id(), vcpu_.id());
}

// A request stays in the VMCB until it is delivered, whatever EXITINTINFO says of it.
void SvmVcpu::keep_undelivered_event() {
  interrupt_requested_ = interrupt_requested_ && VirtualInterrupt::Request::get(vmcb_.virtual_interrupt);
  u64 interrupted = vmcb_.exit_interrupt_info;
  auto kind = static_cast<hvm::Event::Kind>(EventField::Kind::get(interrupted));
  bool again = EventField::Valid::get(interrupted) && !interrupt_requested_ &&
               hvm::is_delivered_again(kind, static_cast<u8>(EventField::Vector::get(interrupted)));
  vmcb_.event_injection = again ? interrupted : 0;
}

hvm::ControlRegisters SvmVcpu::controls() const {
  return {vmcb_.cr0, vmcb_.cr2, vmcb_.cr3, vmcb_.cr4, vmcb_.efer & ~efer::svme};
}

void SvmVcpu::set_efer(u64 value) { change(vmcb_.efer, value | efer::svme, Group::control); }

VmcbSegment& SvmVcpu::segment_field(Segment which) const {
  static constexpr VmcbSegment Vmcb::* fields[] = {&Vmcb::es, &Vmcb::cs, &Vmcb::ss, &Vmcb::ds, &Vmcb::fs, &Vmcb::gs};
  return vmcb_.*fields[static_cast<unsigned>(which)];
}

namespace {
hvm::SegmentRegister from_field(const VmcbSegment& field) {
  return {field.selector, field.attributes, field.limit, field.base};
}
VmcbSegment to_field(const hvm::SegmentRegister& value) {
  return {value.selector, value.attributes, value.limit, value.base};
}
}  // namespace

CodeSize SvmVcpu::code_size() const {
  const hvm::SegmentRegister cs{.attributes = vmcb_.cs.attributes};
  return hvm::code_size_of(cs, vmcb_.efer);
}

hvm::SegmentRegister SvmVcpu::segment(Segment which) const { return from_field(segment_field(which)); }

void SvmVcpu::set_segment(Segment which, const hvm::SegmentRegister& value) {
  change(segment_field(which), to_field(value), Group::segments);
  if (which == Segment::ss) vmcb_.cpl = static_cast<u8>(value.privilege());
}

hvm::SegmentRegister SvmVcpu::system_segment(hvm::SystemSegment which) const {
  return from_field(which == hvm::SystemSegment::tr ? vmcb_.tr : vmcb_.ldtr);
}

void SvmVcpu::set_system_segment(hvm::SystemSegment which, const hvm::SegmentRegister& value) {
  (which == hvm::SystemSegment::tr ? vmcb_.tr : vmcb_.ldtr) = to_field(value);
}

void SvmVcpu::set_gdtr(const hvm::TableRegister& value) {
  vmcb_.gdtr.base = value.base;
  vmcb_.gdtr.limit = value.limit;
  clean_.changed(Group::tables);
}

void SvmVcpu::set_idtr(const hvm::TableRegister& value) {
  vmcb_.idtr.base = value.base;
  vmcb_.idtr.limit = value.limit;
  clean_.changed(Group::tables);
}

namespace {
// The field of an MSR that the VMCB holds, or nullptr.
u64* msr_field(Vmcb& vmcb, u32 number) {
  switch (Msr{number}) {
    case Msr::star: return &vmcb.star;
    case Msr::lstar: return &vmcb.lstar;
    case Msr::cstar: return &vmcb.cstar;
    case Msr::syscall_mask: return &vmcb.syscall_mask;
    case Msr::sysenter_cs: return &vmcb.sysenter_cs;
    case Msr::sysenter_esp: return &vmcb.sysenter_esp;
    case Msr::sysenter_eip: return &vmcb.sysenter_eip;
    case Msr::kernel_gs_base: return &vmcb.kernel_gs_base;
    case Msr::fs_base: return &vmcb.fs.base;
    case Msr::gs_base: return &vmcb.gs.base;
    case Msr::pat: return &vmcb.pat;
    case Msr::debug_control: return &vmcb.debug_control;
    default: return nullptr;
  }
}
}  // namespace

Result<u64> SvmVcpu::read_msr(u32 number) const {
  const u64* field = msr_field(vmcb_, number);
  if (!field) return Failure{XEN_ENODEV};
  return *field;
}

Result<void> SvmVcpu::write_msr(u32 number, u64 value) {
  u64* field = msr_field(vmcb_, number);
  if (!field) return Failure{XEN_ENODEV};
  *field = value;
  if (Msr{number} == Msr::pat) clean_.changed(Group::nested_paging);
  if (Msr{number} == Msr::debug_control) clean_.changed(Group::last_branch);
  return {};
}

// AMD64 APM volume 2, section 15.21.4 "Injecting Virtual (INTR) Interrupts".
void SvmVcpu::request_interrupt(u8 vector) {
  using V = VirtualInterrupt;
  vmcb_.intercept_misc1 &= ~misc1::vintr;
  u64 request = V::Priority::set(vmcb_.virtual_interrupt | V::Request::mask | V::IgnoreTpr::mask, 15);
  vmcb_.virtual_interrupt = V::Vector::set(request, vector);
  interrupt_requested_ = true;
  clean_.changed(Group::intercepts);
  clean_.changed(Group::virtual_interrupt);
}

void SvmVcpu::inject(const hvm::Event& event) {
  if (features().repeats_injected_interrupts && event.kind == hvm::Event::Kind::interrupt)
    return request_interrupt(event.vector);
  u64 field = EventField::Valid::mask | event.vector;
  field = EventField::Kind::set(field, static_cast<u64>(event.kind));
  if (event.has_error) field = EventField::Error::set(field | EventField::HasError::mask, event.error);
  vmcb_.event_injection = field;
}

bool SvmVcpu::can_take_interrupt(u64 flags) const {
  return (flags & rflags::interrupt) && !(vmcb_.interrupt_shadow & 1) && !has_event();
}

// A virtual interrupt request that is intercepted before delivery: the exit comes when the guest could take it. While the
// request is in use, another exit soon after its delivery has to do.
void SvmVcpu::set_interrupt_window(bool wanted) {
  using V = VirtualInterrupt;
  if (interrupt_requested_) {
    if (wanted) exit_soon();
    return;
  }
  if (wanted) {
    vmcb_.intercept_misc1 |= misc1::vintr;
    vmcb_.virtual_interrupt = V::Priority::set(vmcb_.virtual_interrupt | V::Request::mask | V::IgnoreTpr::mask, 15);
  } else {
    vmcb_.intercept_misc1 &= ~misc1::vintr;
    vmcb_.virtual_interrupt &= ~(V::Request::mask | V::IgnoreTpr::mask);
  }
  clean_.changed(Group::intercepts);
  clean_.changed(Group::virtual_interrupt);
}

// There is no such exit here; the shadow that delays an NMI lasts for one instruction.
void SvmVcpu::set_nmi_window(bool wanted) {
  if (wanted) exit_soon();
}

void SvmVcpu::dump() const {
  log_error("VMCB: exit code {:#x} info1 {:#x} info2 {:#x} interrupted {:#x} inject {:#x}", vmcb_.exit_code,
            vmcb_.exit_info1, vmcb_.exit_info2, vmcb_.exit_interrupt_info, vmcb_.event_injection);
  log_error("VMCB: asid {} tsc offset {:#x} virtual interrupt {:#x} shadow {}", vmcb_.asid, vmcb_.tsc_offset,
            vmcb_.virtual_interrupt, vmcb_.interrupt_shadow);
  log_error("VMCB: at {:#x}; CPU {} keeps its own state at {:#x}", address_of(page_.mfn()).raw(), arch::this_cpu().raw(),
            address_of(this_cpu_block().vendor_pages[0].mfn()).raw());
}

}  // namespace xenolith::svm
