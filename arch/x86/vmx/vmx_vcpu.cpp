// SPDX-License-Identifier: MIT
// Making a VMCS, and what changes with the CPU that a vCPU runs on.
#include "arch/x86/vmx/vmx_vcpu.hpp"

#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/p2m.hpp>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/io_permissions.hpp"
#include "arch/x86/time/time.hpp"
#include "arch/x86/vmx/stay_limit.hpp"
#include "core/paging/page_table.hpp"
#include "arch/x86/vmx/ept_format.hpp"
#include "arch/x86/vmx/vmx.hpp"
#include "core/domain/domain.hpp"

extern "C" const char vmx_after_exit[];

namespace xenolith::vmx {
namespace {

// Writes of the other bits of CR0 and CR4 make an exit. TS: extended state is switched eagerly. PGE: the processor does what a
// change asks for.
constexpr u64 cr0_owned = cr0::ts, cr4_owned = cr4::pge;

u64 idt_base() {
  struct [[gnu::packed]] {
    u16 limit;
    u64 base;
  } idtr;
  asm volatile("sidt %0" : "=m"(idtr));
  return idtr.base;
}

u64 read_dr6() {
  u64 value;
  asm volatile("mov %%dr6, %0" : "=r"(value));
  return value;
}
void write_dr6(u64 value) { asm volatile("mov %0, %%dr6" ::"r"(value)); }

}  // namespace

Result<hvm::VendorVcpu*> VmxVcpu::create(Vcpu& vcpu) {
  HeapPages page = TRY(Vmcs::allocate_page(capabilities().revision));
  Own<VmxVcpu> made = TRY(make<VmxVcpu>(vcpu, std::move(page)));
  made->initialise();
  return static_cast<hvm::VendorVcpu*>(made.release());
}

void VmxVcpu::destroy() { Own<VmxVcpu>{this}.reset(); }

void VmxVcpu::write_controls() {
  const Controls& controls = capabilities().controls;
  primary_ = primary_written_ = controls.primary;
  vmcs_.write(Field32::pin_controls, controls.pin);
  vmcs_.write(Field32::primary_controls, controls.primary);
  vmcs_.write(Field32::secondary_controls, controls.secondary);
  if (controls.secondary & secondary::pause_loop) {
    vmcs_.write(Field32::pause_gap, hvm::spinning::gap);
    vmcs_.write(Field32::pause_window, hvm::spinning::window);
  }
  if (controls.pin & pin::preemption_timer)
    vmcs_.write(Field32::preemption_timer, preemption_ticks(tsc_hz(), capabilities().preemption_shift));
  vmcs_.write(Field32::exit_controls, controls.exit);
  vmcs_.write(Field32::entry_controls, controls.entry);
  vmcs_.write(Field32::exception_bitmap, hvm::intercepted_exceptions);
  vmcs_.write(Field32::page_fault_mask, 0u);
  vmcs_.write(Field32::page_fault_match, 0u);
  vmcs_.write(Field32::cr3_target_count, 0u);
  vmcs_.write(Field32::exit_msr_store_count, 0u);
  vmcs_.write(Field32::exit_msr_load_count, 0u);
  vmcs_.write(Field32::entry_msr_load_count, 0u);
  vmcs_.write(FieldNatural::cr0_mask, ~cr0_owned);
  vmcs_.write(FieldNatural::cr4_mask, ~cr4_owned);
}

void VmxVcpu::write_virtual_apic() {
  vmcs_.write(Field64::virtual_apic_page, address_of(vcpu_.arch().apic_page.mfn()).raw());
  vmcs_.write(Field32::tpr_threshold, 0u);
  vmcs_.write(Field16::guest_interrupt_status, 0);
  set_ends_that_exit({});
}

void VmxVcpu::initialise() {
  write_controls();
  Mfn io_bitmap = hvm::io_bitmap(vcpu_.domain());
  vmcs_.write(Field64::io_bitmap_a, address_of(io_bitmap).raw());
  vmcs_.write(Field64::io_bitmap_b, address_of(io_bitmap + 1).raw());
  vmcs_.write(Field64::msr_bitmap, address_of(msr_bitmap(false)).raw());
  if (capabilities().virtual_apic) write_virtual_apic();
  ept_pointer_ = ept_pointer(vcpu_.domain().p2m().root(), capabilities().ept_accessed_dirty);
  vmcs_.write(Field64::ept_pointer, ept_pointer_);
  set_tsc({}, false);
  vmcs_.write(Field64::link_pointer, ~u64{0});
  vmcs_.write(Field64::guest_debug_control, 0);
  vmcs_.write(Field64::guest_pat, hvm::default_pat);
  vmcs_.write(Field32::guest_interruptibility, 0u);
  vmcs_.write(Field32::guest_activity, 0u);
  vmcs_.write(FieldNatural::guest_pending_debug, 0);
  vmcs_.write(Field32::guest_sysenter_cs, 0u);
  vmcs_.write(FieldNatural::guest_sysenter_esp, 0);
  vmcs_.write(FieldNatural::guest_sysenter_eip, 0);
  vmcs_.write(FieldNatural::guest_dr7, hvm::initial_dr7);
  set_efer(0);
  set_cr0(cr0::et);
  set_cr3(0);
  set_cr4(0);
}

void write_host_state(Vmcs& vmcs) {
  const CpuBlock& cpu = this_cpu_block();
  for (u32 segment = 0; segment < 6; ++segment) {
    auto field = static_cast<Field16>(static_cast<u32>(Field16::host_es_selector) + 2 * segment);
    bool is_base_only = field == Field16::host_fs_selector || field == Field16::host_gs_selector;
    vmcs.write(field, is_base_only ? u16{0} : field == Field16::host_cs_selector ? code_selector : data_selector);
  }
  vmcs.write(Field16::host_tr_selector, tss_selector);
  vmcs.write(Field64::host_pat, read_msr(Msr::pat));
  vmcs.write(Field64::host_efer, read_msr(Msr::efer));
  vmcs.write(FieldNatural::host_cr0, read_cr0());
  vmcs.write(FieldNatural::host_cr3, read_cr3());
  vmcs.write(FieldNatural::host_cr4, read_cr4());
  vmcs.write(FieldNatural::host_fs_base, 0);
  vmcs.write(FieldNatural::host_gs_base, reinterpret_cast<u64>(&cpu));
  vmcs.write(FieldNatural::host_tr_base, reinterpret_cast<u64>(&cpu.tss));
  vmcs.write(FieldNatural::host_gdtr_base, reinterpret_cast<u64>(&cpu.gdt));
  vmcs.write(FieldNatural::host_idtr_base, idt_base());
  vmcs.write(Field32::host_sysenter_cs, 0u);
  vmcs.write(FieldNatural::host_sysenter_esp, 0);
  vmcs.write(FieldNatural::host_sysenter_eip, 0);
  vmcs.write(FieldNatural::host_rip, reinterpret_cast<u64>(vmx_after_exit));
}

void VmxVcpu::load() {
  vmcs_.make_current();
  if (host_cpu_ != arch::this_cpu().raw()) {
    host_cpu_ = arch::this_cpu().raw();
    write_host_state(vmcs_);
    // Guest-physical translations on this CPU may be older than those that this vCPU has flushed for elsewhere.
    flush_nested_ = true;
  }
  msrs_.load();
  write_dr6(dr6_);
  loaded_ = true;
}

void VmxVcpu::save() {
  msrs_.save();
  dr6_ = read_dr6();
  loaded_ = false;
}

u64 VmxVcpu::dr6() const { return loaded_ ? read_dr6() : dr6_; }
void VmxVcpu::set_dr6(u64 value) {
  dr6_ = value;
  if (loaded_) write_dr6(value);
}

// ---- MSRs
namespace {
struct MsrPlace {
  enum class Kind : u8 { none, bits64, natural, bits32 } kind = Kind::none;
  u32 field = 0;
};
MsrPlace place_of(u32 number) {
  using K = MsrPlace::Kind;
  switch (Msr{number}) {
    case Msr::fs_base: return {K::natural, static_cast<u32>(FieldNatural::guest_fs_base)};
    case Msr::gs_base: return {K::natural, static_cast<u32>(FieldNatural::guest_gs_base)};
    case Msr::sysenter_esp: return {K::natural, static_cast<u32>(FieldNatural::guest_sysenter_esp)};
    case Msr::sysenter_eip: return {K::natural, static_cast<u32>(FieldNatural::guest_sysenter_eip)};
    case Msr::sysenter_cs: return {K::bits32, static_cast<u32>(Field32::guest_sysenter_cs)};
    case Msr::pat: return {K::bits64, static_cast<u32>(Field64::guest_pat)};
    case Msr::debug_control: return {K::bits64, static_cast<u32>(Field64::guest_debug_control)};
    default: return {};
  }
}
}  // namespace

Result<u64> VmxVcpu::read_msr(u32 number) const {
  if (std::optional<unsigned> index = SwitchedMsrs::index_of(number))
    return loaded_ ? xenolith::read_msr(Msr{number}) : msrs_.kept(*index);
  MsrPlace place = place_of(number);
  switch (place.kind) {
    case MsrPlace::Kind::natural: return vmcs_.read(static_cast<FieldNatural>(place.field));
    case MsrPlace::Kind::bits32: return u64{vmcs_.read(static_cast<Field32>(place.field))};
    case MsrPlace::Kind::bits64: return vmcs_.read(static_cast<Field64>(place.field));
    case MsrPlace::Kind::none: break;
  }
  return Failure{XEN_ENODEV};
}

Result<void> VmxVcpu::write_msr(u32 number, u64 value) {
  if (std::optional<unsigned> index = SwitchedMsrs::index_of(number)) {
    msrs_.keep(*index, value);
    if (loaded_) xenolith::write_msr(Msr{number}, value);
    return {};
  }
  MsrPlace place = place_of(number);
  switch (place.kind) {
    case MsrPlace::Kind::natural: vmcs_.write(static_cast<FieldNatural>(place.field), value); return {};
    case MsrPlace::Kind::bits32: vmcs_.write(static_cast<Field32>(place.field), static_cast<u32>(value)); return {};
    case MsrPlace::Kind::bits64: vmcs_.write(static_cast<Field64>(place.field), value); return {};
    case MsrPlace::Kind::none: break;
  }
  return Failure{XEN_ENODEV};
}

}  // namespace xenolith::vmx
