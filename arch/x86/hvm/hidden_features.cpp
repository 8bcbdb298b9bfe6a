// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/hidden_features.hpp"

#include <iterator>

#include "arch/x86/hvm/cpuid_policy.hpp"

namespace xenolith::hvm {
namespace {

struct Feature {
  std::string_view name;
  unsigned number;  // 32 in each word
};
constexpr Feature features[] = {
#define XEN_CPUFEATURE(name, value) {#name, value},
#include <xen/arch-x86/cpufeatureset.h>
#undef XEN_CPUFEATURE
};

// Names of the interface are in capitals with '_'; on the command line they are small, with '-' or '_'.
constexpr char plain(char c) { return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }
bool is_same_feature(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (plain(a[i]) != plain(b[i])) return false;
  return true;
}

// Where the interface's words are in CPUID.
struct Place {
  u32 leaf, subleaf;
  u32 CpuidResult::*part;
};
constexpr Place places[] = {
    {1, 0, &CpuidResult::edx},          {1, 0, &CpuidResult::ecx},          {0x80000001, 0, &CpuidResult::edx},
    {0x80000001, 0, &CpuidResult::ecx}, {0xd, 1, &CpuidResult::eax},        {7, 0, &CpuidResult::ebx},
    {7, 0, &CpuidResult::ecx},          {0x80000007, 0, &CpuidResult::edx}, {0x80000008, 0, &CpuidResult::ebx},
    {7, 0, &CpuidResult::edx},          {7, 1, &CpuidResult::eax},          {0x80000021, 0, &CpuidResult::eax},
};

}  // namespace

bool HiddenFeatures::set(std::string_view name, bool hide) {
  for (const Feature& feature : features) {
    if (!is_same_feature(name, feature.name)) continue;
    if (feature.number / 32 >= hidden_.size()) return true;
    u32 flag = u32{1} << feature.number % 32;
    u32& word = hidden_[feature.number / 32];
    word = hide ? word | flag : word & ~flag;
    return true;
  }
  return false;
}

void HiddenFeatures::take_from(CpuidPolicy& policy) const {
  static_assert(std::size(places) == words);
  for (unsigned i = 0; i < std::size(places); ++i) {
    if (hidden_[i] == 0) continue;
    CpuidResult kept{~0u, ~0u, ~0u, ~0u};
    kept.*places[i].part = ~hidden_[i];
    policy.restrict_features(places[i].leaf, places[i].subleaf, kept);
  }
}

}  // namespace xenolith::hvm
