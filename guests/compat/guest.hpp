// SPDX-License-Identifier: MIT
// What the parts of the 32-bit test guest share.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define __XEN_TOOLS__ 1
extern "C" {
#include <xen/xen.h>

#include <xen/arch-x86/cpuid.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/hvm_vcpu.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
}
#include "arch/x86/compat/sizes.inc"

namespace xenolith::guest32 {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;

inline constexpr u32 page_bytes = 4096;
static_assert(sizeof(void*) == 4 && sizeof(xen_pfn_t) == 4);

int hypercall(u32 number, u32 first = 0, u32 second = 0, u32 third = 0);
template <class T>
u32 address_of(T* pointer) {
  return reinterpret_cast<u32>(pointer);
}
template <class T>
u32 frame_of(T* pointer) {
  return address_of(pointer) / page_bytes;
}

inline int event_op(u32 operation, void* argument) { return hypercall(__HYPERVISOR_event_channel_op, operation, address_of(argument)); }
inline int memory_op(u32 operation, void* argument) { return hypercall(__HYPERVISOR_memory_op, operation, address_of(argument)); }
inline int sched_op(u32 operation, void* argument) { return hypercall(__HYPERVISOR_sched_op, operation, address_of(argument)); }
inline int hvm_op(u32 operation, void* argument) { return hypercall(__HYPERVISOR_hvm_op, operation, address_of(argument)); }
inline int version_op(u32 operation, void* argument) { return hypercall(__HYPERVISOR_xen_version, operation, address_of(argument)); }
inline int vcpu_op(u32 operation, void* argument) { return hypercall(__HYPERVISOR_vcpu_op, operation, 0, address_of(argument)); }
inline int grant_op(u32 operation, void* argument, u32 count = 1) {
  return hypercall(__HYPERVISOR_grant_table_op, operation, address_of(argument), count);
}

struct alignas(page_bytes) Page {
  u8 bytes[page_bytes]{};
  template <class T>
  T* as(u32 offset = 0) {
    return reinterpret_cast<T*>(bytes + offset);
  }
};

// Tells, at the end of its scope, success or the first expectation that was not met (docs/testing.md).
class Check {
 public:
  explicit Check(const char* name) : name_{name} {}
  ~Check();
  // Each returns whether it was met. `got` is told, as a hexadecimal number.
  bool expect(bool met, const char* what, u32 got = 0);
  bool equal(u32 got, u32 wanted, const char* what) { return expect(got == wanted, what, got); }

 private:
  const char* name_;
  const char* failure_ = nullptr;
  u32 got_ = 0;
};

void write_line(const char* text);

// The page that the hypervisor shares, and this vCPU's part of it, wherever that is now.
shared_info& shared();
vcpu_info& own_info();
void set_own_info(vcpu_info* place);

// Bytes behind a structure that a call may not touch.
template <class T>
struct Guarded {
  T value{};
  u8 behind[16];
  Guarded() {
    for (u8& byte : behind) byte = 0xa5;
  }
  bool is_whole() const {
    for (u8 byte : behind)
      if (byte != 0xa5) return false;
    return true;
  }
};

u64 system_time();  // nanoseconds
u32 bind_ipi();     // 0: no port is left

// The groups of checks.
void check_calls();
void check_memory();
void check_grants();
void check_vcpu();
void check_two_level();
void check_fifo();

}  // namespace xenolith::guest32
