// SPDX-License-Identifier: MIT
#include "core/memory_operations/removal.hpp"

#include "core/memory_operations/guest_memory.hpp"

namespace xenolith {
namespace {

// Grant mappings go by unmapping their handle only, device mappings by the control operation that made them.
constexpr bool is_fixed(P2mType type) {
  return type == P2mType::grant_writable || type == P2mType::grant_read_only || type == P2mType::mmio_direct;
}

}  // namespace

// The change itself; `old` is what the caller has seen and judged. Fails with EAGAIN when it is not there any more.
Result<void> Removal::replace(Gfn gfn, const arch::P2m::Look& old, Mfn mfn, P2mType type, Fate fate) {
  FrameRef frame;
  if (is_own_ram(old.entry.type)) {
    frame = FrameRef::get(old.entry.mfn, domain_.id());
    if (!frame) return Failure{XEN_EAGAIN};
  }
  if (count_ == capacity) finish();
  debt_.merge(TRY(domain_.p2m().replace(gfn, old, mfn, type)));
  if (!frame) return {};
  if (domain_.is_hardware()) domain_.guest_memory().count_set_aside(1);
  else if (fate == Fate::give_up) give_up(std::move(frame));
  return {};
}

void Removal::give_up(FrameRef frame) {
  given_up_[count_++] = &frame.entry();
  frame.release();
}

Result<void> Removal::remove_ram(Gfn gfn) {
  for (;;) {
    arch::P2m::Look old = domain_.p2m().look(gfn);
    if (!is_own_ram(old.entry.type)) return Failure{XEN_EINVAL};
    Result<void> done = replace(gfn, old, invalid_mfn, P2mType::none, Fate::give_up);
    if (done || done.error() != XEN_EAGAIN) return done;
  }
}

Result<void> Removal::remove(Gfn gfn) {
  for (;;) {
    arch::P2m::Look old = domain_.p2m().look(gfn);
    if (old.entry.type == P2mType::none) return Failure{XEN_ENOENT};
    if (is_fixed(old.entry.type)) return Failure{XEN_EPERM};
    Result<void> done = replace(gfn, old, invalid_mfn, P2mType::none, Fate::keep);
    if (done || done.error() != XEN_EAGAIN) return done;
  }
}

Result<void> Removal::put(Gfn gfn, FrameRef frame, P2mType type) {
  for (;;) {
    arch::P2m::Look old = domain_.p2m().look(gfn);
    if (is_fixed(old.entry.type)) return Failure{XEN_EPERM};
    Result<void> done = replace(gfn, old, frame.mfn(), type, Fate::give_up);
    if (done && holds_reference(type)) frame.release();
    if (done || done.error() != XEN_EAGAIN) return done;
  }
}

void Removal::finish() {
  debt_.settle();
  while (count_ > 0) {
    FrameRef frame = FrameRef::adopt(*given_up_[--count_]);
    // ENOENT: somebody gave the same frame up by another gfn; that is then done.
    static_cast<void>(domain_.pages().release(frame.entry()).failed());
  }
}

}  // namespace xenolith
