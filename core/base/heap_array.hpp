// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <new>
#include <type_traits>
#include <utility>

#include "core/base/own.hpp"

namespace xenolith {

// Whether a value-initialised T is all zero bytes, as heap_allocate() gives them: then nothing has to be written. A type that
// says so of itself needs a unit test.
template <class T>
inline constexpr bool starts_as_zero = std::is_trivially_default_constructible_v<T>;
template <class T>
inline constexpr bool starts_as_zero<std::atomic<T>> = starts_as_zero<T>;

// A fixed number of value-initialised Ts in one piece of the hypervisor heap; the number is known at run time.
template <class T>
class HeapArray {
 public:
  HeapArray() = default;
  // Fails with ENOMEM.
  static Result<HeapArray> create(size_t count) {
    static_assert(alignof(T) <= 4096);
    if (count == 0) return HeapArray{};
    if (count > ~size_t{0} / sizeof(T)) return Failure{XEN_ENOMEM};
    void* memory = heap_allocate(count * sizeof(T), alignof(T));
    if (!memory) return Failure{XEN_ENOMEM};
    if constexpr (!starts_as_zero<T>)
      for (size_t i = 0; i < count; ++i) new (static_cast<std::byte*>(memory) + i * sizeof(T)) T{};
    return HeapArray{static_cast<T*>(memory), count};
  }
  HeapArray(HeapArray&& other) noexcept
      : first_{std::exchange(other.first_, nullptr)}, count_{std::exchange(other.count_, 0)} {}
  HeapArray& operator=(HeapArray&& other) noexcept {
    std::swap(first_, other.first_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~HeapArray() {
    for (size_t i = count_; i > 0; --i) first_[i - 1].~T();
    if (first_) heap_free(first_, count_ * sizeof(T));
  }

  size_t size() const { return count_; }
  T& operator[](size_t index) { return first_[index]; }
  const T& operator[](size_t index) const { return first_[index]; }
  T* begin() { return first_; }
  T* end() { return first_ + count_; }
  const T* begin() const { return first_; }
  const T* end() const { return first_ + count_; }

 private:
  HeapArray(T* first, size_t count) : first_{first}, count_{count} {}

  T* first_ = nullptr;
  size_t count_ = 0;
};

}  // namespace xenolith
