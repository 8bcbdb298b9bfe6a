// SPDX-License-Identifier: MIT
// HeapArray<T>: a fixed number of value-initialised T on the hypervisor heap.
#pragma once

#include <new>
#include <utility>

#include "core/base/own.hpp"

namespace xenolith {

template <class T>
class HeapArray {
 public:
  HeapArray() = default;
  // Fails with ENOMEM. A count of 0 is an empty array.
  static Result<HeapArray> create(size_t count) {
    HeapArray array;
    if (count == 0) return array;
    void* memory = heap_allocate(count * sizeof(T), alignof(T));
    if (!memory) return Failure{XEN_ENOMEM};
    array.items_ = static_cast<T*>(memory);
    for (; array.count_ < count; ++array.count_) new (array.items_ + array.count_) T();
    return array;
  }
  HeapArray(HeapArray&& other) noexcept
      : items_{std::exchange(other.items_, nullptr)}, count_{std::exchange(other.count_, 0)} {}
  HeapArray& operator=(HeapArray&& other) noexcept {
    std::swap(items_, other.items_);
    std::swap(count_, other.count_);
    return *this;
  }
  ~HeapArray() {
    for (size_t i = 0; i < count_; ++i) items_[i].~T();
    if (items_) heap_free(items_, count_ * sizeof(T));
  }

  size_t size() const { return count_; }
  T& operator[](size_t index) const { return items_[index]; }
  T* begin() const { return items_; }
  T* end() const { return items_ + count_; }

 private:
  T* items_ = nullptr;
  size_t count_ = 0;
};

}  // namespace xenolith
