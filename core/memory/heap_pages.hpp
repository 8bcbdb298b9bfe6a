// SPDX-License-Identifier: MIT
// Whole pages of the hypervisor's heap: mapped, zeroed, 2^order of them, naturally aligned.
#pragma once

#include <arch/mapping.hpp>

#include <utility>

#include "core/base/own.hpp"

namespace xenolith {

class HeapPages {
 public:
  HeapPages() = default;
  // Fails with ENOMEM. order 0 to 9.
  static Result<HeapPages> allocate(unsigned order = 0) {
    void* memory = heap_allocate(page_size << order, page_size);
    if (!memory) return Failure{XEN_ENOMEM};
    return HeapPages{memory, order};
  }
  HeapPages(HeapPages&& other) noexcept : memory_{std::exchange(other.memory_, nullptr)}, order_{other.order_} {}
  HeapPages& operator=(HeapPages&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(order_, other.order_);
    return *this;
  }
  ~HeapPages() {
    if (memory_) heap_free(memory_, page_size << order_);
  }

  explicit operator bool() const { return memory_ != nullptr; }
  void* address() const { return memory_; }
  template <class T>
  T* as(u64 offset = 0) const {
    return reinterpret_cast<T*>(static_cast<std::byte*>(memory_) + offset);
  }
  Mfn mfn() const { return arch::heap_frame(memory_); }
  u64 size() const { return page_size << order_; }

 private:
  HeapPages(void* memory, unsigned order) : memory_{memory}, order_{order} {}
  void* memory_ = nullptr;
  unsigned order_ = 0;
};

// One heap page that a guest may see: its frame table entry says `shared` with an owner, so that it can be put
// into the owner's physical map and mapped by other domains' tools. The page is freed when the last reference,
// the creator's included, is gone.
class SharedPage {
 public:
  SharedPage() = default;
  static Result<SharedPage> allocate(DomainId owner);
  SharedPage(SharedPage&& other) noexcept : memory_{std::exchange(other.memory_, nullptr)} {}
  SharedPage& operator=(SharedPage&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  ~SharedPage();

  explicit operator bool() const { return memory_ != nullptr; }
  template <class T>
  T* as(u64 offset = 0) const {
    return reinterpret_cast<T*>(static_cast<std::byte*>(memory_) + offset);
  }
  Mfn mfn() const { return arch::heap_frame(memory_); }

 private:
  explicit SharedPage(void* memory) : memory_{memory} {}
  void* memory_ = nullptr;
};

}  // namespace xenolith
