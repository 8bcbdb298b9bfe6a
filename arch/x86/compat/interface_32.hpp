// SPDX-License-Identifier: MIT
// Xen's public interface as 32-bit x86 callers lay it out, in namespace xenolith::compat: the same headers, read a second
// time with what differs for an i386 compiler. Guest handles are structures of one u32, `p`.
#pragma once

#include <cstdint>

#include "core/base/interface.hpp"

// The macros that the headers define differently for i386; restored at the end.
#pragma push_macro("__x86_64__")
#pragma push_macro("__i386__")
#pragma push_macro("___DEFINE_XEN_GUEST_HANDLE")
#pragma push_macro("__DEFINE_XEN_GUEST_HANDLE")
#pragma push_macro("DEFINE_XEN_GUEST_HANDLE")
#pragma push_macro("XEN_GUEST_HANDLE")
#pragma push_macro("__XEN_GUEST_HANDLE_64")
#pragma push_macro("XEN_GUEST_HANDLE_64")
#pragma push_macro("set_xen_guest_handle_raw")
#pragma push_macro("int64_aligned_t")
#pragma push_macro("uint64_aligned_t")
#pragma push_macro("HYPERVISOR_VIRT_START")
#pragma push_macro("__HYPERVISOR_VIRT_START")
#pragma push_macro("__HYPERVISOR_VIRT_END")
#pragma push_macro("MACH2PHYS_VIRT_START")
#pragma push_macro("MACH2PHYS_VIRT_END")
#pragma push_macro("MACH2PHYS_NR_ENTRIES")
#pragma push_macro("__MACH2PHYS_VIRT_START")
#pragma push_macro("__MACH2PHYS_VIRT_END")
#pragma push_macro("xen_pfn_to_cr3")
#pragma push_macro("xen_cr3_to_pfn")
#pragma push_macro("long")
#undef __x86_64__
#define __i386__ 1
#undef __XEN_PUBLIC_ARCH_X86_XEN_H__
#undef __XEN_PUBLIC_XEN_H__
#undef __XEN_PUBLIC_EVENT_CHANNEL_H__
#undef __XEN_PUBLIC_GRANT_TABLE_H__
#undef __XEN_PUBLIC_HVM_HVM_OP_H__
#undef __XEN_PUBLIC_HVM_HVM_VCPU_H__
#undef __XEN_PUBLIC_MEMORY_H__
#undef __XEN_PUBLIC_PHYSDEV_H__
#undef __XEN_PUBLIC_SCHED_H__
#undef __XEN_PUBLIC_VCPU_H__
#undef __XEN_PUBLIC_VERSION_H__
#define long int

namespace xenolith::compat {

using uint64_t [[gnu::aligned(4)]] = std::uint64_t;
using int64_t [[gnu::aligned(4)]] = std::int64_t;

// What every XEN_GUEST_HANDLE is, and what every XEN_GUEST_HANDLE_64 is.
struct Handle {
  std::uint32_t p;
};
struct alignas(8) Handle64 {
  std::uint64_t q;
};

// The architecture's part defines how handles are made, so it comes first and the definition is replaced behind it.
#define __XEN_PUBLIC_XEN_H__
#include <xen/arch-x86/xen.h>
#undef __XEN_PUBLIC_XEN_H__
#undef __DEFINE_XEN_GUEST_HANDLE
#undef DEFINE_XEN_GUEST_HANDLE
#undef XEN_GUEST_HANDLE
#undef XEN_GUEST_HANDLE_64
#define __DEFINE_XEN_GUEST_HANDLE(name, type) struct Handle
#define DEFINE_XEN_GUEST_HANDLE(name) struct Handle
#define XEN_GUEST_HANDLE(name) struct Handle
#define XEN_GUEST_HANDLE_64(name) struct Handle64

#include <xen/xen.h>

#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "arch/x86/compat/sizes.inc"

}  // namespace xenolith::compat

#pragma pop_macro("long")
#pragma pop_macro("xen_cr3_to_pfn")
#pragma pop_macro("xen_pfn_to_cr3")
#pragma pop_macro("__MACH2PHYS_VIRT_END")
#pragma pop_macro("__MACH2PHYS_VIRT_START")
#pragma pop_macro("MACH2PHYS_NR_ENTRIES")
#pragma pop_macro("MACH2PHYS_VIRT_END")
#pragma pop_macro("MACH2PHYS_VIRT_START")
#pragma pop_macro("__HYPERVISOR_VIRT_END")
#pragma pop_macro("__HYPERVISOR_VIRT_START")
#pragma pop_macro("HYPERVISOR_VIRT_START")
#pragma pop_macro("uint64_aligned_t")
#pragma pop_macro("int64_aligned_t")
#pragma pop_macro("set_xen_guest_handle_raw")
#pragma pop_macro("XEN_GUEST_HANDLE_64")
#pragma pop_macro("__XEN_GUEST_HANDLE_64")
#pragma pop_macro("XEN_GUEST_HANDLE")
#pragma pop_macro("DEFINE_XEN_GUEST_HANDLE")
#pragma pop_macro("__DEFINE_XEN_GUEST_HANDLE")
#pragma pop_macro("___DEFINE_XEN_GUEST_HANDLE")
#pragma pop_macro("__i386__")
#pragma pop_macro("__x86_64__")
