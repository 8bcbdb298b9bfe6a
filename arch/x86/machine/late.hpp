// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace xenolith::machine {

// An object that is built once at boot, in the order in which the boot needs it, and never destroyed.
template <class T>
class Late {
 public:
  template <class... A>
  T& build(A&&... arguments) {
    return *(object_ = new (storage_) T(std::forward<A>(arguments)...));
  }
  T& get() { return *object_; }
  explicit operator bool() const { return object_ != nullptr; }

 private:
  alignas(T) std::byte storage_[sizeof(T)]{};
  T* object_ = nullptr;
};

}  // namespace xenolith::machine
