// SPDX-License-Identifier: MIT
// Units of the hypervisor's interface as types: no implicit conversion from, to or between them.
#pragma once

#include <fmt/format.h>

#include <compare>
#include <cstdint>
#include <functional>

namespace xenolith::tools {

template <typename Tag, typename Rep>
class Strong {
 public:
  using Value = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}

  constexpr Rep value() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;

 private:
  Rep value_{};
};

// Amounts can be added; identifiers cannot.
template <typename Tag, typename Rep>
class Amount : public Strong<Tag, Rep> {
 public:
  using Strong<Tag, Rep>::Strong;
  constexpr Amount(Strong<Tag, Rep> other) : Strong<Tag, Rep>(other) {}

  friend constexpr Amount operator+(Amount a, Amount b) { return Amount(a.value() + b.value()); }
  friend constexpr Amount operator-(Amount a, Amount b) { return Amount(a.value() - b.value()); }
  Amount& operator+=(Amount other) { return *this = *this + other; }
  Amount& operator-=(Amount other) { return *this = *this - other; }
};

using DomainId = Strong<struct DomainIdTag, uint16_t>;
using VcpuId = Strong<struct VcpuIdTag, uint32_t>;
using CpuId = Strong<struct CpuIdTag, uint32_t>;    // a physical CPU
using PoolId = Strong<struct PoolIdTag, uint32_t>;  // a cpupool
using Port = Strong<struct PortTag, uint32_t>;      // an event channel's end
using GrantRef = Strong<struct GrantRefTag, uint32_t>;
using Gfn = Strong<struct GfnTag, uint64_t>;              // guest frame number
using PageCount = Amount<struct PageCountTag, uint64_t>;  // of 4 KiB
using KiB = Amount<struct KiBTag, uint64_t>;
using Nanoseconds = Amount<struct NanosecondsTag, uint64_t>;

constexpr uint64_t page_size = 4096;
constexpr KiB to_kib(PageCount pages) { return KiB(pages.value() * 4); }
constexpr PageCount to_pages(KiB kib) { return PageCount(kib.value() / 4); }
constexpr Gfn operator+(Gfn gfn, PageCount pages) { return Gfn(gfn.value() + pages.value()); }

}  // namespace xenolith::tools

template <typename Tag, typename Rep>
struct std::hash<xenolith::tools::Strong<Tag, Rep>> {
  size_t operator()(xenolith::tools::Strong<Tag, Rep> value) const { return std::hash<Rep>()(value.value()); }
};

template <typename Tag, typename Rep>
struct fmt::formatter<xenolith::tools::Strong<Tag, Rep>> : fmt::formatter<Rep> {
  template <typename Context>
  auto format(xenolith::tools::Strong<Tag, Rep> value, Context& context) const {
    return fmt::formatter<Rep>::format(value.value(), context);
  }
};

template <typename Tag, typename Rep>
struct fmt::formatter<xenolith::tools::Amount<Tag, Rep>> : fmt::formatter<xenolith::tools::Strong<Tag, Rep>> {};
