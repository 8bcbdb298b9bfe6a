// SPDX-License-Identifier: MIT
#include "arch/x86/control/cpu_policy_leaves.hpp"

#include <algorithm>
#include <bit>

namespace xenolith {
namespace {

constexpr u32 first_extended = 0x8000'0000;
// Of the hypervisor's leaves the lists hold only these two, which limit what is shown of Xen's and of Viridian's; 0: all.
constexpr u32 xen_limit = 0x4000'0000, viridian_limit = 0x4000'0100;
// As many as the interface's tools take.
constexpr u32 most_caches = 6, most_states = 63;

}  // namespace

CpuidResult HostLeaves::leaf(u32 number, u32 subleaf) const { return cpuid(number, subleaf); }
CpuidResult PolicyLeaves::leaf(u32 number, u32 subleaf) const { return policy_.answer(number, subleaf, {}); }

// Leaves beyond what this interface's version knows are not told of, so that its tools understand all they get.
LeafList::LeafList(const LeafSource& source)
    : source_{source},
      highest_basic_{std::min(source.leaf(0, 0).eax, hvm::CpuidPolicy::max_basic)},
      highest_extended_{std::min(source.leaf(first_extended, 0).eax, hvm::CpuidPolicy::max_extended)} {}

// Whose answer depends on ECX; 0: it does not.
u32 LeafList::subleaves_of(u32 number) const {
  switch (number) {
    case 4: return most_caches;  // ends with the first that describes no cache
    case 7: return std::min(source_.leaf(7, 0).eax, 2u) + 1;
    case 0xb: return 2;
    case 0xd: return std::min(static_cast<u32>(std::bit_width(xstates())), most_states);
    default: return 0;
  }
}

// Components of extended state, with the first two subleaves always there.
u64 LeafList::xstates() const {
  CpuidResult user = source_.leaf(0xd, 0), supervisor = source_.leaf(0xd, 1);
  return user.eax | u64{user.edx} << 32 | supervisor.ecx | u64{supervisor.edx} << 32 | 3;
}

void LeafList::advance(const CpuidResult& last) {
  u32 subleaves = range_ == Range::basic ? subleaves_of(number_) : 0;
  bool caches_end = number_ == 4 && (last.eax & 0x1f) == 0;
  if (subleaf_ + 1 < subleaves && !(range_ == Range::basic && caches_end)) {
    ++subleaf_;
    return;
  }
  subleaf_ = 0;
  ++number_;
  if (range_ == Range::basic && number_ > highest_basic_) {
    range_ = Range::hypervisor;
    number_ = xen_limit;
  } else if (range_ == Range::hypervisor && number_ == xen_limit + 1) {
    number_ = viridian_limit;
  } else if (range_ == Range::hypervisor) {
    range_ = highest_extended_ >= first_extended ? Range::extended : Range::end;
    number_ = first_extended;
  }
  if (range_ == Range::extended && number_ > highest_extended_) range_ = Range::end;
}

bool LeafList::next(xen_cpuid_leaf_t& leaf) {
  if (range_ == Range::end) return false;
  CpuidResult answer = range_ == Range::hypervisor ? CpuidResult{} : source_.leaf(number_, subleaf_);
  bool has_subleaves = range_ == Range::basic && subleaves_of(number_) != 0;
  leaf = {.leaf = number_,
          .subleaf = has_subleaves ? subleaf_ : XEN_CPUID_NO_SUBLEAF,
          .a = answer.eax,
          .b = answer.ebx,
          .c = answer.ecx,
          .d = answer.edx};
  advance(answer);
  return true;
}

std::array<u32, feature_words> feature_set(const LeafSource& source) {
  u32 basic = source.leaf(0, 0).eax, extended = source.leaf(first_extended, 0).eax;
  auto at = [&](u32 number, u32 subleaf) {
    bool there = number >= first_extended ? number <= extended : number <= basic;
    return there ? source.leaf(number, subleaf) : CpuidResult{};
  };
  CpuidResult one = at(1, 0), seven = at(7, 0), eight = at(first_extended + 1, 0);
  CpuidResult seven_1 = seven.eax >= 1 ? at(7, 1) : CpuidResult{}, seven_2 = seven.eax >= 2 ? at(7, 2) : CpuidResult{};
  CpuidResult more = at(first_extended + 0x21, 0);
  return {one.edx,      one.ecx,     eight.edx, eight.ecx, at(0xd, 1).eax, seven.ebx, seven.ecx,
          at(first_extended + 7, 0).edx, at(first_extended + 8, 0).ebx, seven.edx, seven_1.eax, more.eax,
          seven_1.ebx, seven_2.edx, seven_1.ecx, seven_1.edx, 0, 0, more.ecx};
}

}  // namespace xenolith
