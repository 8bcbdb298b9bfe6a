// SPDX-License-Identifier: MIT
#include "core/memory/free_lists.hpp"

#include <algorithm>

#include "core/base/bits.hpp"

namespace xenolith {
namespace {
Frame& entry(u32 number) { return known_frame(Mfn{number}); }
u32 number(Mfn mfn) { return static_cast<u32>(mfn.raw()); }
}  // namespace

void FreeLists::link(Mfn first, unsigned order) {
  Frame& frame = entry(number(first));
  frame.order = static_cast<u8>(order);
  frame.links = {heads_[order], Frame::no_link};
  if (heads_[order] != Frame::no_link) entry(heads_[order]).links.previous = number(first);
  heads_[order] = number(first);
  frame.set_use(mark_);
  frames_ += u64{1} << order;
}

void FreeLists::unlink(Mfn first, unsigned order) {
  Frame& frame = entry(number(first));
  if (frame.links.next != Frame::no_link) entry(frame.links.next).links.previous = frame.links.previous;
  if (frame.links.previous != Frame::no_link) entry(frame.links.previous).links.next = frame.links.next;
  else heads_[order] = frame.links.next;
  frame.set_use(FrameUse::reserved);
  frame.links = {Frame::no_link, Frame::not_listed};
  frames_ -= u64{1} << order;
}

unsigned FreeLists::put(Mfn first, unsigned order) {
  while (order < limit_) {
    Mfn buddy{first.raw() ^ (u64{1} << order)};
    Frame* frame = frame_entry(buddy);
    if (!frame || frame->use() != mark_ || frame->order != order) break;
    unlink(buddy, order);
    first = std::min(first, buddy);
    ++order;
  }
  link(first, order);
  return order;
}

Mfn FreeLists::take(unsigned order) {
  unsigned have = order;
  while (have <= max_order && heads_[have] == Frame::no_link) ++have;
  if (have > max_order) return invalid_mfn;
  Mfn first{heads_[have]};
  unlink(first, have);
  while (have > order) {
    --have;
    link(first + (u64{1} << have), have);
  }
  return first;
}

Mfn FreeLists::take_any(unsigned limit, unsigned& order) {
  for (unsigned have = max_order + 1; have-- > 0;) {
    if (heads_[have] == Frame::no_link) continue;
    order = std::min(have, limit);
    return take(order);
  }
  return invalid_mfn;
}

}  // namespace xenolith
