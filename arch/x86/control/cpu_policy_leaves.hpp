// SPDX-License-Identifier: MIT
// A CPUID policy as a list of leaves, the form in which tools exchange it (struct xen_cpuid_leaf of
// <xen/arch-x86/xen.h>), and as feature words (<xen/arch-x86/cpufeatureset.h>).
#pragma once

#include <array>

#include "arch/x86/hvm/cpuid_policy.hpp"
#include "core/base/interface.hpp"

namespace xenolith {

// Answers for a leaf, however they come about.
class LeafSource {
 public:
  virtual CpuidResult leaf(u32 number, u32 subleaf) const = 0;

 protected:
  ~LeafSource() = default;
};

// The processor itself.
class HostLeaves final : public LeafSource {
 public:
  CpuidResult leaf(u32 number, u32 subleaf) const override;
};
// What a domain with this policy sees.
class PolicyLeaves final : public LeafSource {
 public:
  explicit PolicyLeaves(const hvm::CpuidPolicy& policy) : policy_{policy} {}
  CpuidResult leaf(u32 number, u32 subleaf) const override;

 private:
  const hvm::CpuidPolicy& policy_;
};

// The leaves in order, one at a time.
class LeafList {
 public:
  static constexpr u32 longest = 128;  // never more leaves than this
  explicit LeafList(const LeafSource& source);
  // False at the end.
  bool next(xen_cpuid_leaf_t& leaf);

 private:
  enum class Range : u8 { basic, hypervisor, extended, end };
  void advance(const CpuidResult& last);
  u32 subleaves_of(u32 number) const;
  u64 xstates() const;

  const LeafSource& source_;
  Range range_ = Range::basic;
  u32 number_ = 0, subleaf_ = 0;
  u32 highest_basic_, highest_extended_;
};

inline constexpr u32 feature_words = 19;  // of the feature sets of 4.17
std::array<u32, feature_words> feature_set(const LeafSource& source);

}  // namespace xenolith
