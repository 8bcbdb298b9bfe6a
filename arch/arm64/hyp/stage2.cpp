// SPDX-License-Identifier: MIT
#include "arch/arm64/hyp/stage2.hpp"

#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/nested_entry.hpp>

#include <algorithm>
#include <array>
#include <bit>

#include "arch/arm64/cpu/registers.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

struct Features {
  unsigned address_code = 2;  // of machine addresses and of guests': ID_AA64MMFR0_EL1.PARange
  bool wide_vmids = false;
};
constinit Features features;

constexpr std::array<u8, 6> address_bits = {32, 36, 40, 42, 44, 48};

// Three levels reach 39 bits, and up to 43 with several root tables in a row (ARM Architecture Reference Manual, section D8.2.2
// "Concatenated translation tables"); four reach 48.
constexpr arch::NestedShape shape_for(unsigned bits) {
  unsigned levels = bits > 43 ? 4 : 3, in_one_table = 12 + 9 * levels;
  return {levels, bits > in_one_table ? bits - in_one_table : 0, bits};
}

unsigned machine_address_code() {
  return std::min<unsigned>(static_cast<unsigned>(Bits<3, 0>::get(read_register(id_aa64mmfr0_el1))), address_bits.size() - 1);
}
bool has_wide_vmids() { return Bits<7, 4>::get(read_register(id_aa64mmfr1_el1)) == 2; }

constexpr u64 words = 0x1'0000 / 64;
struct Vmids {
  std::array<u64, words> used{1};  // 0 is nobody's
};
constinit Locked<Vmids, LockRank::domain_list> vmids;

}  // namespace

constinit arch::NestedShape arch::nested_shape = shape_for(40);

void stage2::detect() {
  features.address_code = machine_address_code();
  arch::nested_shape = shape_for(address_bits[features.address_code]);
  features.wide_vmids = has_wide_vmids();
  log_info("P2M: {}-bit guest-physical addresses, {} levels, {}-bit VMIDs", arch::nested_address_bits(), arch::nested_levels(),
           features.wide_vmids ? 16 : 8);
}

void stage2::check_this_cpu() {
  if (machine_address_code() < features.address_code || has_wide_vmids() < features.wide_vmids)
    panic("CPU {} has smaller stage 2 tables than the boot CPU", arch::this_cpu());
}

u64 stage2::control_register() {
  constexpr u64 one = bit(31), inner_write_back = 1 << 8, outer_write_back = 1 << 10, inner_shareable = 3 << 12;
  u64 start_level = arch::nested_levels() == 4 ? 2 : 1;  // SL0
  u64 value = one | inner_write_back | outer_write_back | inner_shareable | start_level << 6 | (64 - arch::nested_address_bits());
  value |= u64{features.address_code} << 16;
  return features.wide_vmids ? value | bit(19) : value;
}

Result<u16> stage2::take_vmid() {
  return vmids.with([](Vmids& v) -> Result<u16> {
    u64 room = features.wide_vmids ? words : 256 / 64;
    for (u64 word = 0; word < room; ++word) {
      if (v.used[word] == ~u64{0}) continue;
      unsigned index = static_cast<unsigned>(std::countr_one(v.used[word]));
      v.used[word] |= u64{1} << index;
      return static_cast<u16>(word * 64 + index);
    }
    return Failure{XEN_ENOSPC};
  });
}

void stage2::put_vmid(u16 vmid) {
  vmids.with([&](Vmids& v) { v.used[vmid / 64] &= ~(u64{1} << vmid % 64); });
}

u64 stage2::base_register(const Domain& domain) {
  return u64{domain.arch().vmid()} << 48 | address_of(domain.p2m().root()).raw();
}

void stage2::forget(u64 base) {
  InterruptsOff off;
  u64 before = read_register(vttbr_el2);
  write_register(vttbr_el2, base);
  synchronise_context();
  asm volatile("dsb ishst; tlbi vmalls12e1is; dsb ish; isb" ::: "memory");
  write_register(vttbr_el2, before);
  synchronise_context();
}

void arch::flush_p2m(Domain& domain) { stage2::forget(stage2::base_register(domain)); }

}  // namespace xenolith
