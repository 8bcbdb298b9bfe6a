// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/extended_state.hpp"

#include <arch/domain_state.hpp>

#include <bit>
#include <cstring>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/initial_x87.hpp"
#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constexpr u64 x87 = bit(0), sse = bit(1), avx = bit(2), avx512 = bit(5) | bit(6) | bit(7), pkru = bit(9);
constexpr u64 offered = x87 | sse | avx | avx512 | pkru;
constexpr u32 legacy_size = 512, header_size = 64;
constexpr u32 initial_mxcsr = 0x1f80;
constexpr u16 initial_fcw = 0x37f;

constinit u64 mask = 0;
constinit u32 area_size = legacy_size;

void set_xcr0(u64 value) {
  asm volatile("xsetbv" ::"c"(0), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)));
}

// Real processors mark an x87 part that is in its initial state when they save it; QEMU's emulation does not, and each time
// it loads one it may disturb the virtual machine that runs on CPU 0 (docs/debugging.md).
void mark_initial_x87(const HeapPages& area) {
  u64& components = *area.as<u64>(legacy_size);  // XSTATE_BV
  if ((components & x87) && is_initial_x87(std::span<const u8, legacy_size>{area.as<u8>(), legacy_size})) components &= ~x87;
}

// A component without a size has no place in the area, whatever XCR0 may hold: Bochs says so of protection keys, and kernels that are
// shown it save it over what follows.
u64 components_with_a_size() {
  u64 found = x87 | sse;
  for (unsigned component = 2; component < 63; ++component)
    if ((offered & bit(component)) && cpuid(0xd, component).eax) found |= bit(component);
  return found;
}

}  // namespace

void detect_extended_state() {
  constexpr u32 xsave_bit = 1u << 26;
  if (!(cpuid(1).ecx & xsave_bit)) return;
  CpuidResult leaf = cpuid(0xd, 0);
  mask = (u64{leaf.edx} << 32 | leaf.eax) & offered & components_with_a_size();
  area_size = extended_state_size(mask);
}

void enable_extended_state_on_this_cpu() {
  write_cr0((read_cr0() & ~(cr0::em | cr0::ts)) | cr0::mp);
  write_cr4(read_cr4() | cr4::osfxsr | cr4::osxmmexcpt | (mask ? cr4::osxsave : 0));
  if (mask) set_xcr0(mask);
}

// Not all hardware makes an exit of XSETBV (QEMU's TCG does not): the register itself is the truth while the vCPU is loaded.
u64 current_xcr0() {
  u32 low, high;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return u64{high} << 32 | low;
}

void change_xcr0(Vcpu& vcpu, u64 value) {
  vcpu.arch().xcr0 = value;
  set_xcr0(value);
}

u64 guest_xcr0_mask() { return mask; }

bool is_valid_xcr0(u64 value) {
  if (!(value & x87) || (value & ~mask)) return false;
  if ((value & avx) && !(value & sse)) return false;
  return !(value & avx512) || ((value & avx512) == avx512 && (value & avx));
}

u32 extended_state_size(u64 xcr0) {
  u32 size = legacy_size + header_size;
  for (unsigned component = 2; component < 63; ++component) {
    if (!(xcr0 & bit(component))) continue;
    CpuidResult leaf = cpuid(0xd, component);
    if (leaf.ebx + leaf.eax > size) size = leaf.ebx + leaf.eax;
  }
  return size;
}

Result<void> create_extended_state(Vcpu& vcpu) {
  unsigned order = static_cast<unsigned>(std::bit_width(frames_for(area_size) - 1));
  vcpu.arch().extended_state = TRY(HeapPages::allocate(order));
  *vcpu.arch().extended_state.as<u16>(0) = initial_fcw;
  *vcpu.arch().extended_state.as<u32>(24) = initial_mxcsr;
  if (mask) *vcpu.arch().extended_state.as<u64>(legacy_size) = x87 | sse;  // XSTATE_BV
  return {};
}

// All components move, whatever the guest's XCR0: it may have used some and switched them off since.
void load_extended_state(Vcpu& vcpu) {
  void* area = vcpu.arch().extended_state.address();
  if (!mask) {
    asm volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
    return;
  }
  set_xcr0(mask);
  asm volatile("xrstor64 (%0)" ::"r"(area), "a"(static_cast<u32>(mask)), "d"(static_cast<u32>(mask >> 32)) : "memory");
  if (vcpu.arch().xcr0 != mask) set_xcr0(vcpu.arch().xcr0);
}

void save_extended_state(Vcpu& vcpu) {
  void* area = vcpu.arch().extended_state.address();
  if (!mask) {
    asm volatile("fxsave64 (%0)" ::"r"(area) : "memory");
    return;
  }
  vcpu.arch().xcr0 = current_xcr0();
  if (vcpu.arch().xcr0 != mask) set_xcr0(mask);
  asm volatile("xsave64 (%0)" ::"r"(area), "a"(static_cast<u32>(mask)), "d"(static_cast<u32>(mask >> 32)) : "memory");
  mark_initial_x87(vcpu.arch().extended_state);
}

void load_legacy_state(Vcpu& vcpu, std::span<const u8, 512> state) {
  const HeapPages& area = vcpu.arch().extended_state;
  std::memset(area.address(), 0, area.size());
  std::memcpy(area.address(), state.data(), state.size());
  if (mask) *area.as<u64>(legacy_size) = x87 | sse;  // XSTATE_BV
}

}  // namespace xenolith::hvm
