// SPDX-License-Identifier: MIT
#include <arch/domain.hpp>

#include <utility>

#include "core/memory/p2m_types.hpp"

namespace xenolith {

void FlushDebt::add(FrameRef frame) {
  if (count_ == capacity) {
    Domain* domain = domain_;
    settle();
    domain_ = domain;
  }
  frames_[count_++] = &frame.entry();
  frame.release();
}

void FlushDebt::merge(FlushDebt other) {
  if (domain_ != other.domain_) {  // debts of different domains cannot share a flush
    if (!domain_) *this = std::move(other);
    else other.settle();
    return;
  }
  for (unsigned i = 0; i < other.count_; ++i) add(FrameRef::adopt(*other.frames_[i]));
  other.count_ = 0;
  other.domain_ = nullptr;
}

void FlushDebt::pay() {
  if (Domain* domain = std::exchange(domain_, nullptr)) arch::flush_p2m(*domain);
  for (unsigned count = std::exchange(count_, 0); count-- > 0;) frames_[count]->put();
}

}  // namespace xenolith
