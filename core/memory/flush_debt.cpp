// SPDX-License-Identifier: MIT
#include <arch/domain.hpp>

#include <algorithm>
#include <utility>

#include "core/memory/p2m_types.hpp"

namespace xenolith {

FlushDebt::FlushDebt(FlushDebt&& other) noexcept
    : domain_{std::exchange(other.domain_, nullptr)},
      count_{std::exchange(other.count_, 0)} {
  std::move(other.frames_.begin(), other.frames_.begin() + count_, frames_.begin());
}

FlushDebt& FlushDebt::operator=(FlushDebt&& other) noexcept {
  if (this == &other) return *this;
  settle();
  domain_ = std::exchange(other.domain_, nullptr);
  count_ = std::exchange(other.count_, 0);
  std::move(other.frames_.begin(), other.frames_.begin() + count_, frames_.begin());
  return *this;
}

void FlushDebt::add(FrameRef frame) {
  if (count_ == capacity) {
    Domain* domain = domain_;
    settle();
    domain_ = domain;
  }
  frames_[count_++] = std::move(frame);
}

void FlushDebt::merge(FlushDebt other) {
  if (domain_ != other.domain_) {  // debts of different domains cannot share a flush
    if (!domain_) *this = std::move(other);
    else other.settle();
    return;
  }
  for (unsigned i = 0; i < other.count_; ++i) add(std::move(other.frames_[i]));
  other.count_ = 0;
  other.domain_ = nullptr;
}

void FlushDebt::settle() {
  if (!domain_) return;
  arch::flush_p2m(*std::exchange(domain_, nullptr));
  for (unsigned count = std::exchange(count_, 0); count-- > 0;) frames_[count] = FrameRef{};
}

}  // namespace xenolith
