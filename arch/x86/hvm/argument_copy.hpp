// SPDX-License-Identifier: MIT
// The argument of a 32-bit caller's hypercall, in the 64-bit layout: to handlers it lies at a guest-virtual address that a
// 32-bit guest cannot have.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/base/units.hpp"

namespace xenolith::hvm {

class ArgumentCopy {
 public:
  static constexpr GuestVirtual base{u64{1} << 32};

  template <class T>
  void set(const T& value) {
    static_assert(sizeof value <= capacity);
    *reinterpret_cast<T*>(bytes_.data()) = value;
    size_ = sizeof value;
  }
  template <class T>
  const T& get() const {
    return *reinterpret_cast<const T*>(bytes_.data());
  }
  void clear() { size_ = 0; }

  // The bytes at `from`, if all of them are the copy's; else an empty span.
  std::span<std::byte> find(GuestVirtual from, size_t count) {
    u64 offset = from.raw() - base.raw();
    if (from < base || offset > size_ || count > size_ - offset) return {};
    return std::span{bytes_}.subspan(offset, count);
  }

 private:
  static constexpr size_t capacity = 64;
  alignas(8) std::array<std::byte, capacity> bytes_{};
  size_t size_ = 0;
};

}  // namespace xenolith::hvm
