// SPDX-License-Identifier: MIT
#pragma once

#include <cstring>
#include <span>
#include <utility>

#include "tools/base/error.hpp"
#include "tools/control/port.hpp"

namespace xenolith::tools {

// An array of `count` elements, zeroed, that a hypercall's handles may point to.
template <typename T>
class HypercallBuffer {
 public:
  HypercallBuffer(HypercallPort& port, size_t count) : port_(&port), count_(count) {
    if (count == 0) return;
    if (count > SIZE_MAX / sizeof(T)) fail(ENOMEM, "no memory for {} elements of a hypercall", count);
    data_ = static_cast<T*>(port.allocate(count * sizeof(T)));
    if (!data_) fail(ENOMEM, "no memory for a hypercall's buffer of {} bytes", count * sizeof(T));
  }
  HypercallBuffer(HypercallPort& port, std::span<const T> content) : HypercallBuffer(port, content.size()) {
    if (!content.empty()) std::memcpy(data_, content.data(), content.size_bytes());
  }
  HypercallBuffer(HypercallBuffer&& other) noexcept
      : port_(other.port_), data_(std::exchange(other.data_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  HypercallBuffer& operator=(HypercallBuffer&&) = delete;
  ~HypercallBuffer() {
    if (data_) port_->release(data_, count_ * sizeof(T));
  }

  T* data() { return data_; }
  size_t size() const { return count_; }
  T& operator[](size_t index) { return data_[index]; }
  std::span<T> span() { return {data_, count_}; }

 private:
  HypercallPort* port_;
  T* data_ = nullptr;
  size_t count_;
};

}  // namespace xenolith::tools
