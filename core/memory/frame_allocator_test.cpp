// SPDX-License-Identifier: MIT
#include "core/memory/frame_allocator.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <vector>

#include "arch/host/fake_machine.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {
namespace {

TEST(FrameAllocator, BlocksAreAlignedDisjointAndComeBack) {
  u64 before = FrameAllocator::free_frames();
  std::vector<std::pair<Mfn, unsigned>> blocks;
  for (unsigned order : {0u, 3u, 9u, 0u, 5u}) {
    auto block = FrameAllocator::allocate(order, Contents::any);
    ASSERT_TRUE(block);
    EXPECT_EQ(block->raw() % (1u << order), 0u);
    for (auto [other, other_order] : blocks)
      EXPECT_TRUE(*block + (1u << order) <= other || other + (1u << other_order) <= *block);
    blocks.emplace_back(*block, order);
  }
  EXPECT_EQ(FrameAllocator::free_frames(), before - (1 + 8 + 512 + 1 + 32));
  for (auto [block, order] : blocks) FrameAllocator::free(block, order);
  EXPECT_EQ(FrameAllocator::free_frames(), before);
}

TEST(FrameAllocator, WhatPageTablesTakeIsTold) {
  u64 before = FrameAllocator::free_frames(), tables = FrameAllocator::table_frames();
  auto block = FrameAllocator::allocate_for_tables();
  ASSERT_TRUE(block);
  EXPECT_EQ(block->raw() % 512, 0u);
  EXPECT_EQ(FrameAllocator::table_frames(), tables + 512);
  EXPECT_EQ(FrameAllocator::free_frames() + FrameAllocator::table_frames(), before + tables);
  FrameAllocator::free(*block, 9);  // only here
}

TEST(FrameAllocator, FormerContentsAreScrubbed) {
  auto frame = FrameAllocator::allocate(0, Contents::any);
  ASSERT_TRUE(frame);
  std::memset(fake::arena_address(*frame), 0x5a, page_size);
  FrameAllocator::free(*frame, 0);
  std::vector<Mfn> all;
  while (auto next = FrameAllocator::allocate(0, Contents::scrubbed)) {
    for (u64 i = 0; i < page_size; i += 64) ASSERT_EQ(std::to_integer<int>(fake::arena_address(*next)[i]), 0);
    all.push_back(*next);
  }
  EXPECT_EQ(FrameAllocator::free_frames(), 0u);
  EXPECT_EQ(FrameAllocator::allocate(0, Contents::any).error(), XEN_ENOMEM);
  for (Mfn mfn : all) FrameAllocator::free(mfn, 0);
}

TEST(FrameAllocator, IdleScrubbingMakesLargeBlocksAgain) {
  std::vector<Mfn> all;
  while (auto next = FrameAllocator::allocate(0, Contents::any)) all.push_back(*next);
  std::shuffle(all.begin(), all.end(), std::mt19937{1});
  for (Mfn mfn : all) FrameAllocator::free(mfn, 0);
  EXPECT_EQ(FrameAllocator::dirty_frames(), all.size());
  while (FrameAllocator::scrub_step()) {
  }
  EXPECT_EQ(FrameAllocator::dirty_frames(), 0u);
  auto large = FrameAllocator::allocate(9, Contents::scrubbed);
  ASSERT_TRUE(large);
  FrameAllocator::free(*large, 9);
}

TEST(FrameAllocator, NeverUsedMemoryIsScrubbedAheadOnlyWhenAsked) {
  // Nothing is dirty; what is left of the fake machine's memory is never used or clean.
  while (FrameAllocator::scrub_step()) {
  }
  u64 before = FrameAllocator::free_frames();
  EXPECT_FALSE(FrameAllocator::scrub_step());
  FrameAllocator::start_scrubbing_ahead();
  while (FrameAllocator::scrub_step()) {
  }
  EXPECT_EQ(FrameAllocator::free_frames(), before);
  EXPECT_EQ(FrameAllocator::dirty_frames(), 0u);
  fake::scrubbed_frames = 0;
  auto frame = FrameAllocator::allocate(9, Contents::scrubbed);
  ASSERT_TRUE(frame);
  EXPECT_EQ(fake::scrubbed_frames, 0u);
  FrameAllocator::free(*frame, 9);
}

TEST(FrameAllocator, RandomUseKeepsTheCount) {
  std::mt19937 random{7};
  u64 before = FrameAllocator::free_frames();
  std::vector<std::pair<Mfn, unsigned>> held;
  for (int step = 0; step < 20000; ++step) {
    if (random() % 2 && !held.empty()) {
      std::swap(held[random() % held.size()], held.back());
      FrameAllocator::free(held.back().first, held.back().second);
      held.pop_back();
    } else if (unsigned order = random() % 6; auto block = FrameAllocator::allocate(order, Contents::any)) {
      held.emplace_back(*block, order);
    }
    if (random() % 16 == 0) FrameAllocator::scrub_step();
  }
  for (auto [block, order] : held) FrameAllocator::free(block, order);
  EXPECT_EQ(FrameAllocator::free_frames(), before);
}

}  // namespace
}  // namespace xenolith
