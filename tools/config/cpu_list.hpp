// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tools/control/cpu_set.hpp"

namespace xenolith::tools {

// A list of physical CPUs as xl.cfg and xl's command line write it: "0-3,5,^1", "all", "nodes:0-3,^node:2". Terms apply from left
// to right; one with ^ removes.
class CpuList {
 public:
  // Throws Error(EINVAL) that says which part is wrong.
  static CpuList parse(std::string_view text);
  static CpuList of(const CpuSet& cpus);

  // node_of: the NUMA node of each CPU of the machine, ascending from CPU 0. CPUs beyond it are kept only where they are named.
  // A list that starts with ^ starts from nothing, as in xl.
  CpuSet resolve(std::span<const uint32_t> node_of) const;

  // Whether the list does not need the machine to be resolved.
  bool is_plain() const;

  bool operator==(const CpuList&) const = default;

 private:
  enum class Kind : uint8_t { all, cpus, nodes };
  struct Term {
    Kind kind = Kind::cpus;
    bool remove = false;
    uint32_t first = 0, last = 0;

    bool operator==(const Term&) const = default;
  };
  static Term parse_term(std::string_view text);

  std::vector<Term> terms_;
};

}  // namespace xenolith::tools
