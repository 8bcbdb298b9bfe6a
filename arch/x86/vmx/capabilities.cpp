// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/capabilities.hpp"

#include "arch/x86/vmx/controls.hpp"
#include "core/base/bits.hpp"

namespace xenolith::vmx {
namespace {

struct Wanted {
  u32 bit;
  const char* name;  // nullptr: optional
};

constexpr Wanted pin_wanted[] = {{pin::interrupt_exiting, "external-interrupt exiting"},
                                 {pin::nmi_exiting, "NMI exiting"},
                                 {pin::virtual_nmis, "virtual NMIs"}};
constexpr Wanted primary_wanted[] = {{primary::tsc_offset, "TSC offsetting"},
                                     {primary::hlt_exiting, "HLT exiting"},
                                     {primary::mwait_exiting, "MWAIT exiting"},
                                     {primary::rdpmc_exiting, "RDPMC exiting"},
                                     {primary::cr8_load_exiting, "CR8-load exiting"},
                                     {primary::cr8_store_exiting, "CR8-store exiting"},
                                     {primary::io_bitmaps, "I/O bitmaps"},
                                     {primary::msr_bitmaps, "MSR bitmaps"},
                                     {primary::monitor_exiting, "MONITOR exiting"},
                                     {primary::secondary, "secondary controls"}};
constexpr Wanted primary_on_demand[] = {{primary::rdtsc_exiting, "RDTSC exiting"},
                                        {primary::interrupt_window, "interrupt-window exiting"},
                                        {primary::nmi_window, "NMI-window exiting"}};
constexpr Wanted secondary_wanted[] = {{secondary::ept, "EPT"},
                                       {secondary::unrestricted_guest, "unrestricted guest"},
                                       {secondary::wbinvd_exiting, "WBINVD exiting"},
                                       {secondary::rdtscp, nullptr},
                                       {secondary::pause_loop, nullptr}};
constexpr Wanted exit_wanted[] = {{exit_control::save_debug, "saving debug controls"},
                                  {exit_control::host_64_bit, "64-bit host"},
                                  {exit_control::save_pat, "saving PAT"},
                                  {exit_control::load_pat, "loading PAT on exits"},
                                  {exit_control::save_efer, "saving EFER"},
                                  {exit_control::load_efer, "loading EFER on exits"}};
constexpr Wanted entry_wanted[] = {{entry_control::load_debug, "loading debug controls"},
                                   {entry_control::load_pat, "loading PAT"},
                                   {entry_control::load_efer, "loading EFER"}};
constexpr Wanted entry_on_demand[] = {{entry_control::long_mode, "64-bit guests"}};

// A capability register of controls: bits that must be 1 in its lower half, bits that may be 1 in its upper half.
constexpr bool may_be_set(u64 capability, u32 bit) { return (capability >> 32 & bit) != 0; }

void check(u64 capability, std::span<const Wanted> wanted, Missing& missing) {
  for (const Wanted& each : wanted)
    if (each.name && !may_be_set(capability, each.bit)) missing.add(each.name);
}

u32 choose(u64 capability, std::span<const Wanted> wanted, Missing& missing) {
  check(capability, wanted, missing);
  u32 value = static_cast<u32>(capability);
  for (const Wanted& each : wanted)
    if (may_be_set(capability, each.bit)) value |= each.bit;
  return value;
}

// Bits of IA32_VMX_EPT_VPID_CAP.
namespace ept_cap {
constexpr u64 four_levels = bit(6), write_back = bit(14), pages_2m = bit(16), pages_1g = bit(17), invept = bit(20),
              accessed_dirty = bit(21), invept_single = bit(25), invept_all = bit(26), invvpid = bit(32),
              invvpid_single = bit(41), invvpid_all = bit(42);
}

FlushScope scope_of(u64 word, u64 instruction, u64 single, u64 all) {
  if (!(word & instruction)) return FlushScope::none;
  if (word & single) return FlushScope::single;
  return word & all ? FlushScope::all : FlushScope::none;
}

void evaluate_ept(u64 word, Capabilities& found, Missing& missing) {
  using namespace ept_cap;
  if (!(word & four_levels)) missing.add("EPT with four levels");
  if (!(word & write_back)) missing.add("EPT tables in write-back memory");
  found.ept_flush = scope_of(word, invept, invept_single, invept_all);
  if (found.ept_flush == FlushScope::none) missing.add("INVEPT");
  found.ept_accessed_dirty = word & accessed_dirty;
  found.largest_order = !(word & pages_2m) ? 0 : word & pages_1g ? 18 : 9;
  // All numbers are flushed when they are used up, so both scopes must be there.
  found.vpid_flush = word & invvpid_all ? scope_of(word, invvpid, invvpid_single, invvpid_all) : FlushScope::none;
}

void evaluate_controls(const CapabilityRegisters& registers, Capabilities& found, Missing& missing) {
  Controls& controls = found.controls;
  controls.pin = choose(registers.pin, pin_wanted, missing);
  controls.primary = choose(registers.primary, primary_wanted, missing);
  check(registers.primary, primary_on_demand, missing);
  controls.secondary = choose(registers.secondary, secondary_wanted, missing);
  controls.exit = choose(registers.exit, exit_wanted, missing);
  controls.entry = choose(registers.entry, entry_wanted, missing);
  check(registers.entry, entry_on_demand, missing);
}

// Reads and writes of CR8 go to the page of APIC registers, too. Which mode the guest's APIC is in decides whether its registers are
// reached by MSRs: that control goes with the vCPU.
void evaluate_virtual_apic(const CapabilityRegisters& registers, Capabilities& found) {
  constexpr u32 cr8_exiting = primary::cr8_load_exiting | primary::cr8_store_exiting;
  constexpr u32 wanted[] = {secondary::apic_registers, secondary::virtual_interrupts, secondary::x2apic_msrs};
  bool offered = may_be_set(registers.primary, primary::tpr_shadow);
  for (u32 bit : wanted) offered = offered && may_be_set(registers.secondary, bit);
  bool cr8_may_pass = !(registers.primary & cr8_exiting);
  if (!offered || !cr8_may_pass) return;
  found.virtual_apic = true;
  found.controls.primary = (found.controls.primary & ~cr8_exiting) | primary::tpr_shadow;
  found.controls.secondary |= secondary::apic_registers | secondary::virtual_interrupts;
}

void evaluate_preemption_timer(const CapabilityRegisters& registers, Capabilities& found) {
  if (!may_be_set(registers.pin, pin::preemption_timer)) return;
  found.preemption_timer = true;
  found.preemption_shift = static_cast<unsigned>(Bits<4, 0>::get(registers.misc));
  found.controls.pin |= pin::preemption_timer;
}

}  // namespace

Capabilities evaluate(const CapabilityRegisters& registers, const Wishes& wishes, Missing& missing) {
  constexpr u64 write_back = 6;
  Capabilities found{.revision = static_cast<u32>(Bits<30, 0>::get(registers.basic)),
                     .cr0_fixed0 = registers.cr0_fixed0,
                     .cr0_fixed1 = registers.cr0_fixed1,
                     .cr4_fixed0 = registers.cr4_fixed0,
                     .cr4_fixed1 = registers.cr4_fixed1,
                     .registers = registers};
  if (Bits<48>::get(registers.basic)) missing.add("VMCS above 4 GiB");
  if (Bits<53, 50>::get(registers.basic) != write_back) missing.add("VMCS in write-back memory");
  evaluate_controls(registers, found, missing);
  if (found.controls.secondary & secondary::ept) evaluate_ept(registers.ept_vpid, found, missing);
  found.vpid = may_be_set(registers.secondary, secondary::vpid) && found.vpid_flush != FlushScope::none;
  if (found.vpid) found.controls.secondary |= secondary::vpid;
  found.tsc_scaling = wishes.tsc_scaling && may_be_set(registers.secondary, secondary::tsc_scaling);
  if (found.tsc_scaling) found.controls.secondary |= secondary::tsc_scaling;
  if (wishes.virtual_apic) evaluate_virtual_apic(registers, found);
  if (wishes.preemption_timer) evaluate_preemption_timer(registers, found);
  return found;
}

}  // namespace xenolith::vmx
