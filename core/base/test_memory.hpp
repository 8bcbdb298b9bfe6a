// SPDX-License-Identifier: MIT
// A small physical memory for unit tests and fuzzers.
#pragma once

#include <cstring>
#include <map>
#include <string_view>
#include <vector>

#include "core/base/physical_reader.hpp"

namespace xenolith {

// Memory with something in it only at [base, base + size). Each read is copied to an allocation of exactly its size, so
// that the address sanitizer sees any step outside. Writing forgets the reads before it.
class TestMemory final : public PhysicalReader {
 public:
  TestMemory(u64 base, std::vector<u8> contents) : base_{base}, contents_{std::move(contents)} {}
  TestMemory(u64 base, size_t size) : base_{base}, contents_(size) {}

  Result<std::span<const u8>> bytes(MachineAddress address, u64 length) const override {
    u64 at = address.raw() - base_;
    if (address.raw() < base_ || at > contents_.size() || length > contents_.size() - at) return Failure{XEN_EFAULT};
    auto [copy, added] = reads_.try_emplace({at, length});
    if (added) copy->second.assign(contents_.data() + at, contents_.data() + at + length);
    return std::span<const u8>{copy->second};
  }

  template <class T>
  void put(u64 address, const T& value) {
    reads_.clear();
    std::memcpy(&contents_.at(address - base_ + sizeof(T) - 1) - (sizeof(T) - 1), &value, sizeof(T));
  }
  void put_text(u64 address, std::string_view text) {
    for (char c : text) put(address++, c);
    put(address, '\0');
  }
  std::span<u8> all() { return contents_; }

 private:
  u64 base_;
  std::vector<u8> contents_;
  mutable std::map<std::pair<u64, u64>, std::vector<u8>> reads_;
};

}  // namespace xenolith
