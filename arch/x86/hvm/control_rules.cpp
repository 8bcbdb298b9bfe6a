// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/control_rules.hpp"

#include "arch/x86/cpu/registers.hpp"
#include "core/base/bits.hpp"

namespace xenolith::hvm {
namespace {

constexpr u64 cr0_bits = cr0::pe | cr0::mp | cr0::em | cr0::ts | cr0::et | cr0::ne | cr0::wp | cr0::am |
                         u64{cr0::nw} | u64{cr0::cd} | cr0::pg;
constexpr u64 upper_half = 0xffffffff00000000;

bool is_paging(const ControlRegisters& registers) { return registers.cr0 & cr0::pg; }

}  // namespace

// Reserved bits of the lower half are ignored, those of the upper half are not.
Result<ControlRegisters> with_cr0(const ControlRegisters& now, u64 value, bool cs_is_long) {
  if (value & upper_half) return Failure{XEN_EINVAL};
  value = (value & cr0_bits) | cr0::et;
  if ((value & cr0::pg) && !(value & cr0::pe)) return Failure{XEN_EINVAL};
  if ((value & cr0::nw) && !(value & cr0::cd)) return Failure{XEN_EINVAL};
  ControlRegisters next = now;
  next.cr0 = value;
  if (is_paging(next) && !is_paging(now) && (now.efer & efer::lme)) {
    if (!(now.cr4 & cr4::pae) || cs_is_long) return Failure{XEN_EINVAL};
    next.efer |= efer::lma;
  }
  if (!is_paging(next) && is_paging(now)) {
    if ((now.efer & efer::lma) && cs_is_long) return Failure{XEN_EINVAL};
    if (now.cr4 & cr4::pcide) return Failure{XEN_EINVAL};
    next.efer &= ~efer::lma;
  }
  return next;
}

Result<ControlRegisters> with_cr3(const ControlRegisters& now, u64 value, unsigned physical_bits) {
  ControlRegisters next = now;
  if (now.efer & efer::lma) {
    constexpr u64 keep_translations = bit(63);  // with PCIDs: allowed, but everything is flushed all the same
    if (now.cr4 & cr4::pcide) value &= ~keep_translations;
    if (physical_bits < 64 && value >> physical_bits) return Failure{XEN_EINVAL};
  } else {
    value &= ~upper_half;
  }
  next.cr3 = value;
  return next;
}

Result<ControlRegisters> with_cr4(const ControlRegisters& now, u64 value, u64 allowed) {
  if (value & ~allowed) return Failure{XEN_EINVAL};
  constexpr u64 fixed_in_long_mode = cr4::pae | cr4::la57;
  if ((now.efer & efer::lma) && ((now.cr4 ^ value) & fixed_in_long_mode)) return Failure{XEN_EINVAL};
  constexpr u64 process_context_mask = 0xfff;
  bool begins_contexts = (value & cr4::pcide) && !(now.cr4 & cr4::pcide);
  if (begins_contexts && (!(now.efer & efer::lma) || (now.cr3 & process_context_mask))) return Failure{XEN_EINVAL};
  ControlRegisters next = now;
  next.cr4 = value;
  return next;
}

// LMA is the processor's: a write of it has no effect.
Result<ControlRegisters> with_efer(const ControlRegisters& now, u64 value, u64 allowed) {
  if (value & ~(allowed | efer::lma)) return Failure{XEN_EINVAL};
  if (is_paging(now) && ((now.efer ^ value) & efer::lme)) return Failure{XEN_EINVAL};
  ControlRegisters next = now;
  next.efer = (value & ~efer::lma) | (now.efer & efer::lma);
  return next;
}

u64 cr0_after_lmsw(u64 cr0, u16 operand) {
  constexpr u64 loaded = cr0::pe | cr0::mp | cr0::em | cr0::ts;
  return (cr0 & ~(loaded & ~u64{cr0::pe})) | (operand & loaded);
}

bool changes_translations(const ControlRegisters& before, const ControlRegisters& after) {
  constexpr u64 of_cr0 = cr0::pg | cr0::wp | cr0::pe;
  constexpr u64 of_cr4 = cr4::pge | cr4::pse | cr4::pae | cr4::smep | cr4::smap | cr4::pcide | cr4::la57 | cr4::pke;
  constexpr u64 of_efer = efer::nxe | efer::lma;
  return before.cr3 != after.cr3 || ((before.cr0 ^ after.cr0) & of_cr0) || ((before.cr4 ^ after.cr4) & of_cr4) ||
         ((before.efer ^ after.efer) & of_efer);
}

}  // namespace xenolith::hvm
