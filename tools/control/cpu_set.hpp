// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tools/control/types.hpp"

namespace xenolith::tools {

// A set of physical CPUs (or NUMA nodes), as large as it needs to be.
class CpuSet {
 public:
  CpuSet() = default;
  // The first `count` CPUs.
  static CpuSet first(uint32_t count);
  // From a bitmap of the interface: bit n of byte n/8.
  static CpuSet from_bytes(std::span<const uint8_t> bytes);

  void add(CpuId cpu);
  void remove(CpuId cpu);
  bool contains(CpuId cpu) const;
  uint32_t count() const;
  bool empty() const { return count() == 0; }
  // One more than the highest member; 0 if empty.
  uint32_t limit() const;
  std::vector<CpuId> members() const;

  // Bit n of byte n/8, `bytes` long; members beyond are left out.
  std::vector<uint8_t> to_bytes(size_t bytes) const;
  // "0-3,5"; "none" if empty.
  std::string text() const;

  CpuSet operator&(const CpuSet& other) const;
  CpuSet operator|(const CpuSet& other) const;
  bool operator==(const CpuSet& other) const;

 private:
  std::vector<uint64_t> words_;
};

}  // namespace xenolith::tools
