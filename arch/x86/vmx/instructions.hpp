// SPDX-License-Identifier: MIT
// The instructions of VMX (Intel SDM volume 3D, chapter 31 "VMX Instruction Reference").
#pragma once

#include "arch/x86/vmx/entry_failure.hpp"
#include "core/base/units.hpp"

namespace xenolith::vmx {

// CF: no current VMCS, or an address that is none; ZF: the number is in the instruction-error field.
#define XENOLITH_VMX_STATUS "\n\tsetc %b[carry]\n\tsetz %b[zero]"
inline Status status_from(bool carry, bool zero) {
  if (carry) return Status::no_current_vmcs;
  return zero ? Status::failed : Status::succeeded;
}

inline Status vmxon(MachineAddress region) {
  bool carry, zero;
  u64 address = region.raw();
  asm volatile("vmxon %[address]" XENOLITH_VMX_STATUS : [carry] "=q"(carry), [zero] "=q"(zero) : [address] "m"(address) : "cc", "memory");
  return status_from(carry, zero);
}
inline Status vmclear(MachineAddress vmcs) {
  bool carry, zero;
  u64 address = vmcs.raw();
  asm volatile("vmclear %[address]" XENOLITH_VMX_STATUS : [carry] "=q"(carry), [zero] "=q"(zero) : [address] "m"(address) : "cc", "memory");
  return status_from(carry, zero);
}
inline Status vmptrld(MachineAddress vmcs) {
  bool carry, zero;
  u64 address = vmcs.raw();
  asm volatile("vmptrld %[address]" XENOLITH_VMX_STATUS : [carry] "=q"(carry), [zero] "=q"(zero) : [address] "m"(address) : "cc", "memory");
  return status_from(carry, zero);
}
inline Status vmread(u64 field, u64& value) {
  bool carry, zero;
  asm volatile("vmread %[field], %[value]" XENOLITH_VMX_STATUS
               : [value] "=&r"(value), [carry] "=&q"(carry), [zero] "=q"(zero) : [field] "r"(field) : "cc", "memory");
  return status_from(carry, zero);
}
inline Status vmwrite(u64 field, u64 value) {
  bool carry, zero;
  asm volatile("vmwrite %[value], %[field]" XENOLITH_VMX_STATUS
               : [carry] "=&q"(carry), [zero] "=q"(zero) : [field] "r"(field), [value] "r"(value) : "cc", "memory");
  return status_from(carry, zero);
}

struct InveptDescriptor {
  u64 ept_pointer, reserved = 0;
};
struct InvvpidDescriptor {
  u64 vpid, linear = 0;
};
enum class InvalidationType : u64 { single_context = 1, all_contexts = 2 };

inline Status invept(InvalidationType type, const InveptDescriptor& what) {
  bool carry, zero;
  asm volatile("invept %[what], %[type]" XENOLITH_VMX_STATUS
               : [carry] "=&q"(carry), [zero] "=q"(zero) : [what] "m"(what), [type] "r"(type) : "cc", "memory");
  return status_from(carry, zero);
}
inline Status invvpid(InvalidationType type, const InvvpidDescriptor& what) {
  bool carry, zero;
  asm volatile("invvpid %[what], %[type]" XENOLITH_VMX_STATUS
               : [carry] "=&q"(carry), [zero] "=q"(zero) : [what] "m"(what), [type] "r"(type) : "cc", "memory");
  return status_from(carry, zero);
}

}  // namespace xenolith::vmx
