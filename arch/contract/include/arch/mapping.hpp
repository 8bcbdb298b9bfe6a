// SPDX-License-Identifier: MIT
// Architecture contract: access to machine frames that are not mapped.
#pragma once

#include <arch/direct.hpp>

#include <span>
#include <utility>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith::arch {

// Maps one machine frame at a slot of this CPU for the moment of use. Nests (last in, first out), at most
// 16 deep; not movable; must die on the CPU where it was made, so nothing between may block (nothing can).
class FrameMapping {
 public:
  explicit FrameMapping(Mfn mfn) : bytes_{open_window(mfn)} {}
  ~FrameMapping() { close_window(bytes_); }
  FrameMapping(const FrameMapping&) = delete;
  FrameMapping& operator=(const FrameMapping&) = delete;

  std::byte* bytes() const { return bytes_; }
  template <class T>
  T* as(u64 offset = 0) const {
    return reinterpret_cast<T*>(bytes_ + offset);
  }

 private:
  std::byte* bytes_;
};

// Maps one machine frame for all CPUs until destroyed. The caller keeps a reference to the frame for as long.
class GlobalMapping {
 public:
  GlobalMapping() = default;
  // Fails with ENOMEM when page tables or address space run out.
  static Result<GlobalMapping> create(Mfn mfn);
  GlobalMapping(GlobalMapping&& other) noexcept : bytes_{std::exchange(other.bytes_, nullptr)} {}
  GlobalMapping& operator=(GlobalMapping&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~GlobalMapping() {
    if (bytes_) unmap();
  }

  explicit operator bool() const { return bytes_ != nullptr; }
  std::byte* bytes() const { return bytes_; }
  template <class T>
  T* as(u64 offset = 0) const {
    return reinterpret_cast<T*>(bytes_ + offset);
  }

 private:
  void unmap();
  std::byte* bytes_ = nullptr;
};

}  // namespace xenolith::arch
