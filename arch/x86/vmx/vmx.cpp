// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/vmx.hpp"

#include <arch/cpu.hpp>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/guest_policy.hpp"
#include "arch/x86/vmx/controls.hpp"
#include "arch/x86/vmx/ept_format.hpp"
#include "arch/x86/vmx/instructions.hpp"
#include "arch/x86/vmx/msr_bitmap.hpp"
#include "arch/x86/vmx/vmx_vcpu.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith::vmx {
namespace {

constinit Capabilities found;
constinit BoolOption apicv_option{"apicv", "Let Intel processors deliver guests' interrupts and answer for their local APICs.", true};
XENOLITH_REGISTER_OPTION(apicv_option);
constinit bool wants_preemption_timer = false;  // docs/virtualisation.md says why
constinit bool wants_tsc_scaling = true;

Result<void> take_word(std::string_view name, std::string_view value, bool negated) {
  if (!value.empty()) TRY(parse_option_bool(value));  // the list has looked at what it says
  if (is_same_option_name(name, "preemption-timer")) wants_preemption_timer = !negated;
  else if (is_same_option_name(name, "tsc-scaling")) wants_tsc_scaling = !negated;
  else return Failure{XEN_EINVAL};
  return {};
}
constinit CustomOption parts_option{"vmx", "Which optional parts of Intel's virtualisation are used where the processor has them.",
                                    "preemption-timer=<boolean>, tsc-scaling=<boolean>",
                                    [](std::string_view text) { return parse_option_list(text, take_word); }, "no-preemption-timer,tsc-scaling"};
XENOLITH_REGISTER_OPTION(parts_option);

constinit HeapPages* msr_pages = nullptr;  // two: without and with the MSRs of virtual APICs

// How far each capability register is from IA32_VMX_BASIC.
enum class After : u32 {
  basic = 0, pin = 1, primary = 2, exit = 3, entry = 4, misc = 5, cr0_fixed0 = 6, cr0_fixed1 = 7, cr4_fixed0 = 8, cr4_fixed1 = 9,
  secondary = 11, ept_vpid = 12, true_pin = 13, true_primary = 14, true_exit = 15, true_entry = 16,
};
u64 capability(After offset) {
  Result<u64> value = read_msr_safe(static_cast<u32>(Msr::vmx_basic) + static_cast<u32>(offset));
  return value ? *value : 0;
}

CapabilityRegisters read_capabilities() {
  u64 basic = capability(After::basic);
  bool has_true = basic & u64{1} << 55;
  return {.basic = basic,
          .pin = capability(has_true ? After::true_pin : After::pin),
          .primary = capability(has_true ? After::true_primary : After::primary),
          .secondary = capability(After::secondary),
          .exit = capability(has_true ? After::true_exit : After::exit),
          .entry = capability(has_true ? After::true_entry : After::entry),
          .misc = capability(After::misc),
          .ept_vpid = capability(After::ept_vpid),
          .cr0_fixed0 = capability(After::cr0_fixed0),
          .cr0_fixed1 = capability(After::cr0_fixed1),
          .cr4_fixed0 = capability(After::cr4_fixed0),
          .cr4_fixed1 = capability(After::cr4_fixed1)};
}

// IA32_FEATURE_CONTROL: once locked it stays as the firmware left it.
constexpr u64 locked = 1, vmxon_allowed = 4;
bool is_locked_off() {
  Result<u64> control = read_msr_safe(static_cast<u32>(Msr::feature_control));
  return control && (*control & locked) && !(*control & vmxon_allowed);
}
void allow_vmxon() {
  Result<u64> control = read_msr_safe(static_cast<u32>(Msr::feature_control));
  if (control && !(*control & locked)) write_msr(Msr::feature_control, *control | locked | vmxon_allowed);
}

Result<void> make_msr_bitmap() {
  static HeapPages pages;
  pages = TRY(HeapPages::allocate(1));
  for (u64 offset : {u64{0}, page_size})
    fill_msr_bitmap(std::span<u8, page_size>{pages.as<u8>(offset), page_size}, hvm::guest_owned_msrs);
  pass_virtual_apic(std::span<u8, page_size>{pages.as<u8>(page_size), page_size});
  msr_pages = &pages;
  return {};
}

class VmxVendor final : public hvm::Vendor {
 public:
  const char* name() const override { return "VMX"; }
  Result<void> enable_on_this_cpu() override;
  Result<hvm::VendorVcpu*> create_vcpu(Vcpu& vcpu) override { return VmxVcpu::create(vcpu); }
  std::span<const u8> hypercall_instruction() const override {
    static constexpr u8 vmcall[] = {0x0f, 0x01, 0xc1};
    return vmcall;
  }
  arch::NestedFormat nested_format() const override { return vmx::nested_format(found.largest_order); }
  bool delivers_interrupts() const override { return found.virtual_apic; }
  TscScaling tsc_scaling() const override {
    return found.tsc_scaling ? TscScaling{.fraction_bits = 48, .integer_bits = 16} : TscScaling{};
  }
};
constinit VmxVendor the_vendor;

Result<void> VmxVendor::enable_on_this_cpu() {
  if (is_locked_off()) {
    log_error("CPU {}: VMX is switched off by the firmware (IA32_FEATURE_CONTROL)", arch::this_cpu());
    return Failure{XEN_ENODEV};
  }
  HeapPages region = TRY(HeapPages::allocate());
  *region.as<u32>() = found.revision;
  if (!msr_pages) TRY(make_msr_bitmap());
  allow_vmxon();
  write_cr0(with_fixed_bits(read_cr0(), found.cr0_fixed0, found.cr0_fixed1));
  write_cr4(with_fixed_bits(read_cr4() | cr4::vmxe, found.cr4_fixed0, found.cr4_fixed1));
  if (vmxon(address_of(region.mfn())) != Status::succeeded) {
    log_error("CPU {}: VMXON failed", arch::this_cpu());
    return Failure{XEN_ENODEV};
  }
  this_cpu_block().vendor_pages[0] = std::move(region);
  return {};
}

void tell_missing(const Missing& missing) {
  for (const char* name : missing.list()) log_error("VMX: this processor has no {}", name);
}

const char* page_sizes() {
  return found.largest_order == 18 ? ", pages of 2 MiB and 1 GiB" : found.largest_order ? ", pages of 2 MiB" : "";
}

}  // namespace

const Capabilities& capabilities() { return found; }
Mfn msr_bitmap(bool has_apic_msrs) { return msr_pages->mfn() + (has_apic_msrs ? 1 : 0); }

hvm::Vendor* detect() {
  constexpr u32 vmx_bit = 1u << 5;
  if (!(cpuid(1).ecx & vmx_bit)) return nullptr;
  if (is_locked_off()) {
    log_error("VMX: switched off by the firmware (IA32_FEATURE_CONTROL)");
    return nullptr;
  }
  Missing missing;
  const Wishes wishes{
      .virtual_apic = apicv_option.value(), .preemption_timer = wants_preemption_timer, .tsc_scaling = wants_tsc_scaling};
  found = evaluate(read_capabilities(), wishes, missing);
  if (missing.count) {
    tell_missing(missing);
    return nullptr;
  }
  log_info("HVM: VMX revision {:#x}, EPT, unrestricted guest{}{}{}{}{}{}{}{}", found.revision, page_sizes(),
           found.ept_accessed_dirty ? ", accessed and dirty flags" : "", found.vpid ? ", VPID" : "",
           found.controls.secondary & secondary::pause_loop ? ", pause-loop exits" : "",
           found.virtual_apic ? ", APIC registers and virtual interrupts" : "", found.preemption_timer ? ", preemption timer" : "",
           found.tsc_scaling ? ", TSC scaling" : "",
           found.ept_flush == FlushScope::single ? "" : ", INVEPT of all contexts only");
  return &the_vendor;
}

}  // namespace xenolith::vmx
