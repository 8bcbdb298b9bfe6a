// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/io_permissions.hpp"

#include <arch/domain_state.hpp>

#include <cstring>

#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {
constexpr unsigned bitmap_order = 2;  // 3 pages are used

// Made when the first domain without a bitmap of its own is built; never freed.
Mfn common_bitmap() {
  static constinit HeapPages* pages = nullptr;
  alignas(HeapPages) static constinit std::byte storage[sizeof(HeapPages)]{};
  if (!pages) {
    auto made = HeapPages::allocate(bitmap_order);
    if (made.failed()) panic("no memory for the common I/O bitmap");
    std::memset(made->address(), 0xff, made->size());
    pages = new (storage) HeapPages{made.take()};
  }
  return pages->mfn();
}
}  // namespace

Result<void> own_io_bitmap(Domain& domain) {
  domain.arch().io_bitmap = TRY(HeapPages::allocate(bitmap_order));
  std::memset(domain.arch().io_bitmap.address(), 0xff, domain.arch().io_bitmap.size());
  return {};
}

Mfn io_bitmap(const Domain& domain) {
  return domain.arch().io_bitmap ? domain.arch().io_bitmap.mfn() : common_bitmap();
}

void set_port_intercept(Domain& domain, u16 first, u32 count, bool intercept) {
  auto* bytes = domain.arch().io_bitmap.as<u8>();
  for (u32 port = first; port < u32{first} + count && port < 0x10000; ++port) {
    u8 mask = static_cast<u8>(1u << port % 8);
    if (intercept) bytes[port / 8] |= mask;
    else bytes[port / 8] &= static_cast<u8>(~mask);
  }
}

}  // namespace xenolith::hvm
