// SPDX-License-Identifier: MIT
#include "core/memory/page_list.hpp"

#include "core/memory/frame_allocator.hpp"

namespace xenolith {
namespace {
constexpr unsigned max_order = 9;  // larger pieces take too long to scrub in one step

// Gives adjacent frames to their owner and puts them on the list's front, all at once.
template <class Head>
void link_run(Head& head, Mfn first, u64 count, DomainId owner) {
  if (count == 0) return;
  const u32 number = static_cast<u32>(first.raw()), last = number + static_cast<u32>(count - 1);
  Frame* frame = &known_frame(first);
  for (u32 n = number; n <= last; ++n, ++frame) {
    frame->assign(FrameUse::domain, owner);
    frame->links = {n + 1, n - 1};
  }
  known_frame(first).links.previous = Frame::no_link;
  known_frame(Mfn{last}).links.next = head.first;
  if (head.first != Frame::no_link) known_frame(Mfn{head.first}).links.previous = last;
  head.first = number;
}
}  // namespace

Result<void> PageList::charge(u64 count) {
  u64 total = total_.load(std::memory_order_relaxed);
  do {
    if (total + count > maximum() || total + count < total) return Failure{XEN_ENOMEM};
  } while (!total_.compare_exchange_weak(total, total + count, std::memory_order_relaxed));
  return {};
}

void PageList::link(Head& head, Frame& frame) {
  u32 number = static_cast<u32>(frame_number(frame).raw());
  frame.links = {head.first, Frame::no_link};
  if (head.first != Frame::no_link) known_frame(Mfn{head.first}).links.previous = number;
  head.first = number;
}

void PageList::unlink(Head& head, Frame& frame) {
  Frame::Links links = frame.links;
  if (links.next != Frame::no_link) known_frame(Mfn{links.next}).links.previous = links.previous;
  if (links.previous != Frame::no_link) known_frame(Mfn{links.previous}).links.next = links.next;
  else head.first = links.next;
  frame.links = {Frame::no_link, Frame::not_listed};
}

Result<Mfn> PageList::allocate(unsigned order) {
  if (order > max_order) return Failure{XEN_ENOMEM};
  u64 count = u64{1} << order;
  TRY(charge(count));
  Result<Mfn> first = FrameAllocator::allocate(order, Contents::scrubbed);
  if (!first) {
    total_.fetch_sub(count, std::memory_order_relaxed);
    return Failure{first.error()};
  }
  head_.with([&](Head& head) { link_run(head, *first, count, owner_); });
  return *first;
}

void PageList::adopt(Mfn first, u64 count) {
  total_.fetch_add(count, std::memory_order_relaxed);
  head_.with([&](Head& head) { link_run(head, first, count, owner_); });
}

Result<void> PageList::release(Frame& frame) {
  bool mine = head_.with([&](Head& head) {
    if (frame.links.previous == Frame::not_listed || frame.owner() != owner_) return false;
    unlink(head, frame);
    return true;
  });
  if (!mine) return Failure{XEN_ENOENT};
  total_.fetch_sub(1, std::memory_order_relaxed);
  frame.put();
  return {};
}

Result<void> PageList::transfer(Frame& frame, PageList& to) {
  constexpr u32 list_and_caller = 2;
  TRY(to.charge(1));
  bool moved = head_.with([&](Head& head) {
    if (frame.links.previous == Frame::not_listed || frame.owner() != owner_) return false;
    if (!frame.change_owner(to.owner_, list_and_caller)) return false;
    unlink(head, frame);
    return true;
  });
  if (!moved) {
    to.total_.fetch_sub(1, std::memory_order_relaxed);
    return Failure{XEN_EBUSY};
  }
  total_.fetch_sub(1, std::memory_order_relaxed);
  to.head_.with([&](Head& head) { to.link(head, frame); });
  return {};
}

bool PageList::release_some(unsigned count) {
  for (; count > 0; --count) {
    u32 first = head_.with([](Head& head) { return head.first; });
    if (first == Frame::no_link) return false;
    static_cast<void>(release(known_frame(Mfn{first})).failed());  // lost a race for it: go on with the next
  }
  return true;
}

}  // namespace xenolith
