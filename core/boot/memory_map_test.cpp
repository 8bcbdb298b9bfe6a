// SPDX-License-Identifier: MIT
#include "core/boot/memory_map.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

namespace xenolith {
namespace {

MemoryRange range(u64 start, u64 end, MemoryType type) { return {MachineAddress{start}, end - start, type}; }

class MemoryMapTest : public testing::Test {
 protected:
  void expect(std::vector<MemoryRange> wanted) {
    EXPECT_EQ(std::vector<MemoryRange>(map->ranges().begin(), map->ranges().end()), wanted);
  }
  void add(u64 start, u64 end, MemoryType type) { EXPECT_TRUE(map->add(start, end - start, static_cast<u32>(type))); }
  std::unique_ptr<MemoryMap> map = std::make_unique<MemoryMap>();
};

TEST_F(MemoryMapTest, SortsAndJoins) {
  add(0x3000, 0x4000, MemoryType::ram);
  add(0x1000, 0x2000, MemoryType::ram);
  add(0x2000, 0x3000, MemoryType::ram);
  add(0x4000, 0x5000, MemoryType::reserved);
  expect({range(0x1000, 0x4000, MemoryType::ram), range(0x4000, 0x5000, MemoryType::reserved)});
  EXPECT_EQ(map->total(MemoryType::ram), 0x3000u);
  EXPECT_EQ(map->find(MachineAddress{0x4fff})->type, MemoryType::reserved);
  EXPECT_EQ(map->find(MachineAddress{0x5000}), nullptr);
  EXPECT_EQ(map->find(MachineAddress{0}), nullptr);
}

TEST_F(MemoryMapTest, RestrictiveTypeWinsEitherWay) {
  add(0, 0x9000, MemoryType::ram);
  add(0x2000, 0x3000, MemoryType::reserved);
  add(0x8000, 0xa000, MemoryType::nvs);
  expect({range(0, 0x2000, MemoryType::ram), range(0x2000, 0x3000, MemoryType::reserved),
          range(0x3000, 0x8000, MemoryType::ram), range(0x8000, 0xa000, MemoryType::nvs)});
  add(0x1000, 0xb000, MemoryType::ram);
  expect({range(0, 0x2000, MemoryType::ram), range(0x2000, 0x3000, MemoryType::reserved),
          range(0x3000, 0x8000, MemoryType::ram), range(0x8000, 0xa000, MemoryType::nvs),
          range(0xa000, 0xb000, MemoryType::ram)});
}

TEST_F(MemoryMapTest, ClipsAndDropsWildSizes) {
  add(0x1000, 0x1000, MemoryType::ram);
  EXPECT_TRUE(map->add(MemoryMap::address_limit, 0x1000, 1));
  expect({});
  EXPECT_TRUE(map->add(0xfffff000, ~u64{0}, 1));
  expect({range(0xfffff000, MemoryMap::address_limit, MemoryType::ram)});
}

TEST_F(MemoryMapTest, UnknownTypesAreReserved) {
  EXPECT_TRUE(map->add(0, 0x1000, 0));
  EXPECT_TRUE(map->add(0x1000, 0x1000, 99));
  expect({range(0, 0x2000, MemoryType::reserved)});
}

TEST_F(MemoryMapTest, FullMapIsUnchanged) {
  for (u64 i = 0; i < MemoryMap::capacity; ++i) add(i * 0x2000, i * 0x2000 + 0x1000, MemoryType::ram);
  EXPECT_EQ(map->add(0x2000 * MemoryMap::capacity, 0x1000, 1).error(), XEN_ENOSPC);
  EXPECT_EQ(map->ranges().size(), MemoryMap::capacity);
  EXPECT_EQ(map->add(0x400, 0x100, 2).error(), XEN_ENOSPC);
  EXPECT_EQ(map->ranges()[0], range(0, 0x1000, MemoryType::ram));
}

// Against the obvious model: one type per page, the strictest reported.
TEST_F(MemoryMapTest, AgreesWithModel) {
  std::mt19937 random{7};
  const std::map<u32, int> strictness{{1, 0}, {3, 1}, {7, 2}, {2, 3}, {4, 4}, {6, 5}, {5, 6}};
  for (int round = 0; round < 300; ++round) {
    map->clear();
    std::vector<u32> model(64);
    for (int i = 0; i < 20; ++i) {
      u64 start = random() % 64, length = random() % (64 - start) + 1;
      u32 type = 1 + random() % 7;
      ASSERT_TRUE(map->add(start, length, type));
      for (u64 at = start; at < start + length; ++at)
        if (model[at] == 0 || strictness.at(type) > strictness.at(model[at])) model[at] = type;
    }
    u64 last_end = 0;
    for (const MemoryRange& r : map->ranges()) {
      EXPECT_GE(r.start.raw(), last_end);
      last_end = r.end().raw();
    }
    for (u64 at = 0; at < 64; ++at) {
      const MemoryRange* found = map->find(MachineAddress{at});
      ASSERT_EQ(found ? static_cast<u32>(found->type) : 0, model[at]) << at;
    }
  }
}

}  // namespace
}  // namespace xenolith
