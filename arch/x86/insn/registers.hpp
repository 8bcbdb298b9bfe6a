// SPDX-License-Identifier: MIT
// The general registers of a guest as its exit left them.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>

#include "core/base/bits.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// Numbers of the general registers as instructions encode them.
// AMD64 Architecture Programmer's Manual volume 3, 1.4.1 "ModRM and SIB Byte Format".
enum class Gpr : u8 { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 };
inline constexpr unsigned gpr_count = 16;

// Bits of rflags. AMD64 APM volume 2, 3.1.6 "RFLAGS Register".
namespace rflags_bit {
inline constexpr u64 carry = bit(0);
inline constexpr u64 fixed_one = bit(1);
inline constexpr u64 parity = bit(2);
inline constexpr u64 auxiliary = bit(4);
inline constexpr u64 zero = bit(6);
inline constexpr u64 sign = bit(7);
inline constexpr u64 trap = bit(8);
inline constexpr u64 interrupt = bit(9);
inline constexpr u64 direction = bit(10);
inline constexpr u64 overflow = bit(11);
inline constexpr u64 resume = bit(16);
inline constexpr u64 arithmetic = carry | parity | auxiliary | zero | sign | overflow;
}  // namespace rflags_bit

// The assembly that enters and leaves guests addresses gpr[] from the start of this structure.
struct GuestRegisters {
  std::array<u64, gpr_count> gpr{};
  u64 rip = 0;
  u64 rflags = rflags_bit::fixed_one;

  constexpr u64 get(Gpr which) const { return gpr[static_cast<u8>(which)]; }
  constexpr void set(Gpr which, u64 value) { gpr[static_cast<u8>(which)] = value; }

  constexpr u64 rax() const { return get(Gpr::rax); }
  constexpr u64 rcx() const { return get(Gpr::rcx); }
  constexpr u64 rdx() const { return get(Gpr::rdx); }
  constexpr u64 rbx() const { return get(Gpr::rbx); }
  constexpr u64 rsp() const { return get(Gpr::rsp); }
  constexpr u64 rbp() const { return get(Gpr::rbp); }
  constexpr u64 rsi() const { return get(Gpr::rsi); }
  constexpr u64 rdi() const { return get(Gpr::rdi); }
  constexpr void set_rax(u64 value) { set(Gpr::rax, value); }
  constexpr void set_rcx(u64 value) { set(Gpr::rcx, value); }
  constexpr void set_rdx(u64 value) { set(Gpr::rdx, value); }
  constexpr void set_rbx(u64 value) { set(Gpr::rbx, value); }
  constexpr void set_rsp(u64 value) { set(Gpr::rsp, value); }

  // Lower halves, as 32-bit interfaces (CPUID, MSRs, 32-bit hypercalls) use them.
  constexpr u32 eax() const { return static_cast<u32>(rax()); }
  constexpr u32 ebx() const { return static_cast<u32>(rbx()); }
  constexpr u32 ecx() const { return static_cast<u32>(rcx()); }
  constexpr u32 edx() const { return static_cast<u32>(rdx()); }

  // edx:eax, as RDMSR, WRMSR, RDTSC and XSETBV pass 64-bit values.
  constexpr u64 edx_eax() const { return (u64{edx()} << 32) | eax(); }
  constexpr void set_edx_eax(u64 value) {
    set_rax(value & 0xffffffff);
    set_rdx(value >> 32);
  }
};

static_assert(std::is_standard_layout_v<GuestRegisters>);
static_assert(offsetof(GuestRegisters, gpr) == 0);
static_assert(sizeof(GuestRegisters::gpr) == 128);
static_assert(offsetof(GuestRegisters, rip) == 128);
static_assert(offsetof(GuestRegisters, rflags) == 136);

}  // namespace xenolith
