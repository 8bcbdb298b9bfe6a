// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <utility>

#include "tools/control/port.hpp"

namespace xenolith::tools {

// A mapping of pages of another domain, contiguous here, unmapped at the end of its life. What it holds is that
// domain's to change at any moment: copy, then check.
class ForeignPages {
 public:
  ForeignPages() = default;
  ForeignPages(HypercallPort& port, void* address, size_t pages) : port_(&port), address_(address), pages_(pages) {}
  // For a mapping of a resource: token as of HypercallPort::map_resource.
  ForeignPages(HypercallPort& port, void* address, size_t pages, void* token)
      : port_(&port), address_(address), pages_(pages), token_(token), resource_(true) {}
  ForeignPages(ForeignPages&& other) noexcept { swap(other); }
  ForeignPages& operator=(ForeignPages&& other) noexcept {
    swap(other);
    return *this;
  }
  ~ForeignPages() {
    if (!address_) return;
    if (resource_)
      port_->unmap_resource(address_, pages_, token_);
    else
      port_->unmap(address_, pages_);
  }

  explicit operator bool() const { return address_ != nullptr; }
  std::byte* data() const { return static_cast<std::byte*>(address_); }
  size_t size() const { return pages_ * page_size; }
  std::span<std::byte> bytes() const { return {data(), size()}; }
  // The start of the mapping as a T.
  template <typename T>
  T* as() const {
    return static_cast<T*>(address_);
  }

 private:
  void swap(ForeignPages& other) {
    std::swap(port_, other.port_);
    std::swap(address_, other.address_);
    std::swap(pages_, other.pages_);
    std::swap(token_, other.token_);
    std::swap(resource_, other.resource_);
  }

  HypercallPort* port_ = nullptr;
  void* address_ = nullptr;
  size_t pages_ = 0;
  void* token_ = nullptr;
  bool resource_ = false;
};

}  // namespace xenolith::tools
