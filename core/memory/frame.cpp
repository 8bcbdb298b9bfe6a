// SPDX-License-Identifier: MIT
#include "core/memory/frame.hpp"

#include <arch/frame_table.hpp>
#include <arch/mapping.hpp>

#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory/frame_table.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith {

constinit u64* backed_frames = nullptr;

namespace {
struct BackedBit {
  u64* word;
  u64 mask;
};
BackedBit bit_of(Mfn mfn) {
  u64 page = mfn.raw() / arch::frames_per_table_page;
  return {backed_frames + page / 64, bit(page % 64)};
}
}  // namespace

void FrameTable::initialise(u64* bitmap) { backed_frames = bitmap; }

Result<void> FrameTable::back(Mfn mfn) {
  if (mfn >= arch::frame_table_limit()) return Failure{XEN_ENOMEM};
  BackedBit bit = bit_of(mfn);
  if (__atomic_load_n(bit.word, __ATOMIC_RELAXED) & bit.mask) return {};
  Mfn first{align_down(mfn.raw(), u64{arch::frames_per_table_page})};
  TRY(arch::back_frame_table(first));
  for (u64 i = 0; i < arch::frames_per_table_page; ++i)
    arch::frame_table()[first.raw() + i].links = {Frame::no_link, Frame::not_listed};
  __atomic_fetch_or(bit.word, bit.mask, __ATOMIC_RELEASE);  // pairs with the acquire in frame_entry()
  return {};
}

void Frame::put_last(u32 before) {
  if (before == 0) panic("mfn {:#x}: reference dropped that nobody held", frame_number(*this));
  switch (use()) {
    case FrameUse::domain: FrameAllocator::free(frame_number(*this), 0); break;
    case FrameUse::shared:
      set_use(FrameUse::hypervisor);
      heap_free(arch::heap_address(frame_number(*this)), page_size);
      break;
    default: panic("mfn {:#x}: last reference dropped in use {}", frame_number(*this), use());
  }
}

Result<SharedPage> SharedPage::allocate(DomainId owner) {
  void* memory = heap_allocate(page_size, page_size);
  if (!memory) return Failure{XEN_ENOMEM};
  known_frame(arch::heap_frame(memory)).assign(FrameUse::shared, owner);
  return SharedPage{memory};
}

SharedPage::~SharedPage() {
  if (memory_) known_frame(arch::heap_frame(memory_)).put();
}

}  // namespace xenolith
