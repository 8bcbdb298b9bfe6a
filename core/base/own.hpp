// SPDX-License-Identifier: MIT
// Ownership on the hypervisor heap: Own<T> (one owner) and Ref<T> (counted, intrusive).
#pragma once

#include <atomic>
#include <new>
#include <utility>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// Zeroed memory from the hypervisor heap, or nullptr. Alignment is a power of two up to the page size.
// Callers: any context in which LockRank::heap may be taken.
void* heap_allocate(size_t size, size_t alignment);
void heap_free(void* memory, size_t size);

template <class T>
class Own {
 public:
  constexpr Own() = default;
  constexpr Own(std::nullptr_t) {}
  explicit Own(T* adopted) : pointer_{adopted} {}
  Own(Own&& other) noexcept : pointer_{std::exchange(other.pointer_, nullptr)} {}
  Own& operator=(Own&& other) noexcept {
    if (this != &other) {
      reset();
      pointer_ = std::exchange(other.pointer_, nullptr);
    }
    return *this;
  }
  ~Own() { reset(); }

  T* get() const { return pointer_; }
  T* operator->() const { return pointer_; }
  T& operator*() const { return *pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }
  T* release() { return std::exchange(pointer_, nullptr); }
  void reset() {
    if (T* old = std::exchange(pointer_, nullptr)) {
      old->~T();
      heap_free(old, sizeof(T));
    }
  }

 private:
  T* pointer_ = nullptr;
};

// Allocates and constructs a T. Fails with ENOMEM.
template <class T, class... Arguments>
Result<Own<T>> make(Arguments&&... arguments) {
  void* memory = heap_allocate(sizeof(T), alignof(T));
  if (!memory) return Failure{XEN_ENOMEM};
  return Own<T>{new (memory) T(std::forward<Arguments>(arguments)...)};
}

// Base of objects with an intrusive reference count; the last Ref destroys the object.
template <class T>
class RefCounted {
 public:
  void ref() const { count_.fetch_add(1, std::memory_order_relaxed); }  // the caller already holds one
  void unref() const {
    // pairs with itself: the last decrement sees all writes made before the others
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      auto* self = const_cast<T*>(static_cast<const T*>(this));
      if constexpr (requires { T::last_reference_gone(self); }) {
        T::last_reference_gone(self);  // the class destroys its objects in its own way
      } else {
        self->~T();
        heap_free(self, sizeof(T));
      }
    }
  }
  // Takes a reference unless the count has already reached zero (for look-ups that race with the last unref).
  bool try_ref() const {
    u32 count = count_.load(std::memory_order_relaxed);
    do {
      if (count == 0) return false;
    } while (!count_.compare_exchange_weak(count, count + 1, std::memory_order_acquire, std::memory_order_relaxed));
    return true;
  }
  u32 ref_count() const { return count_.load(std::memory_order_relaxed); }

 protected:
  ~RefCounted() = default;

 private:
  mutable std::atomic<u32> count_{1};
};

template <class T>
class Ref {
 public:
  constexpr Ref() = default;
  constexpr Ref(std::nullptr_t) {}
  explicit Ref(T& object) : pointer_{&object} { object.ref(); }
  static Ref adopt(T* object) {
    Ref result;
    result.pointer_ = object;
    return result;
  }
  Ref(const Ref& other) : pointer_{other.pointer_} {
    if (pointer_) pointer_->ref();
  }
  Ref(Ref&& other) noexcept : pointer_{std::exchange(other.pointer_, nullptr)} {}
  Ref& operator=(Ref other) noexcept {
    std::swap(pointer_, other.pointer_);
    return *this;
  }
  ~Ref() {
    if (pointer_) pointer_->unref();
  }

  T* get() const { return pointer_; }
  T* operator->() const { return pointer_; }
  T& operator*() const { return *pointer_; }
  explicit operator bool() const { return pointer_ != nullptr; }

 private:
  T* pointer_ = nullptr;
};

}  // namespace xenolith
