// SPDX-License-Identifier: MIT
#include "core/memory/page_list.hpp"

#include <gtest/gtest.h>

#include "core/memory/frame_allocator.hpp"

namespace xenolith {
namespace {

TEST(PageList, CountsAgainstItsMaximum) {
  u64 before = FrameAllocator::free_frames();
  PageList pages{DomainId{5}};
  pages.set_maximum(9);
  ASSERT_TRUE(pages.allocate(3));
  EXPECT_EQ(pages.allocate(1).error(), XEN_ENOMEM);
  ASSERT_TRUE(pages.allocate(0));
  EXPECT_EQ(pages.total(), 9u);
  while (pages.release_some(4)) {
  }
  EXPECT_EQ(pages.total(), 0u);
  EXPECT_EQ(FrameAllocator::free_frames(), before);
}

// Frames of one allocation go on the list together; each can leave it from there, in any order.
TEST(PageList, FramesAllocatedTogetherLeaveOneByOne) {
  u64 before = FrameAllocator::free_frames();
  PageList pages{DomainId{5}};
  pages.set_maximum(24);
  auto older = pages.allocate(3), newer = pages.allocate(3);
  ASSERT_TRUE(older && newer);
  pages.adopt(FrameAllocator::allocate(3, Contents::any).take(), 8);
  for (Mfn first : {*older, *newer})
    for (u64 frame : {u64{7}, u64{0}, u64{3}, u64{4}}) EXPECT_TRUE(pages.release(known_frame(first + frame)));
  EXPECT_EQ(pages.total(), 16u);
  while (pages.release_some(3)) {
  }
  EXPECT_EQ(pages.total(), 0u);
  EXPECT_EQ(FrameAllocator::free_frames(), before);
}

TEST(PageList, AFrameIsReleasedOnceAndFreedWithItsLastReference) {
  PageList pages{DomainId{5}};
  pages.set_maximum(10);
  auto mfn = pages.allocate(0);
  ASSERT_TRUE(mfn);
  u64 before = FrameAllocator::free_frames();
  {
    FrameRef held = FrameRef::get(*mfn, DomainId{5});
    ASSERT_TRUE(held);
    EXPECT_FALSE(FrameRef::get(*mfn, DomainId{6}));
    EXPECT_TRUE(pages.release(held.entry()));
    EXPECT_EQ(pages.release(held.entry()).error(), XEN_ENOENT);
    EXPECT_EQ(FrameAllocator::free_frames(), before);
  }
  EXPECT_EQ(FrameAllocator::free_frames(), before + 1);
  EXPECT_FALSE(FrameRef::get(*mfn, DomainId{5}));
}

TEST(PageList, TransferNeedsSoleUse) {
  PageList from{DomainId{5}}, to{DomainId{6}};
  from.set_maximum(10);
  to.set_maximum(1);
  auto mfn = from.allocate(0);
  ASSERT_TRUE(mfn);
  {
    FrameRef held = FrameRef::get(*mfn, DomainId{5});
    FrameRef another = FrameRef::get(*mfn, DomainId{5});
    EXPECT_EQ(from.transfer(held.entry(), to).error(), XEN_EBUSY);
    another = FrameRef{};
    EXPECT_TRUE(from.transfer(held.entry(), to));
  }
  EXPECT_EQ(from.total(), 0u);
  EXPECT_EQ(to.total(), 1u);
  EXPECT_TRUE(FrameRef::get(*mfn, DomainId{6}));
  to.release_some(10);
}

}  // namespace
}  // namespace xenolith
