// SPDX-License-Identifier: MIT
#include "core/console/console_ring.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace xenolith {
namespace {

std::string contents(const ConsoleRing& ring, u32 from) {
  std::string text(ring.size(), '\0');
  text.resize(ring.read(from, text));
  return text;
}

TEST(ConsoleRing, ReadsWhatWasWritten) {
  std::vector<char> buffer(16);
  ConsoleRing ring{buffer};
  ring.append("hello");
  EXPECT_EQ(contents(ring, ring.first()), "hello");
  EXPECT_EQ(ring.end(), 5u);
}

TEST(ConsoleRing, KeepsTheNewest) {
  std::vector<char> buffer(8);
  ConsoleRing ring{buffer};
  ring.append("abcdefghijk");
  EXPECT_EQ(contents(ring, ring.first()), "defghijk");
  EXPECT_EQ(ring.first(), 3u);
}

TEST(ConsoleRing, ReadersResume) {
  std::vector<char> buffer(8);
  ConsoleRing ring{buffer};
  ring.append("abcd");
  u32 seen = ring.end();
  ring.append("ef");
  EXPECT_EQ(contents(ring, ring.resume_at(seen)), "ef");
  ring.append("ghijklmn");  // what the reader has seen is gone
  EXPECT_EQ(ring.resume_at(seen), ring.first());
  EXPECT_EQ(ring.resume_at(ring.end() + 1), ring.first());
  EXPECT_EQ(ring.resume_at(ring.end()), ring.end());
}

TEST(ConsoleRing, ClearsUpToASequence) {
  std::vector<char> buffer(8);
  ConsoleRing ring{buffer};
  ring.append("abcdef");
  ring.clear(4);
  EXPECT_EQ(contents(ring, ring.first()), "ef");
  ring.clear(100);  // nonsense changes nothing
  EXPECT_EQ(contents(ring, ring.first()), "ef");
}

TEST(ConsoleRing, SequenceWrapsAround) {
  std::vector<char> buffer(8);
  ConsoleRing ring{buffer};
  std::string block(1u << 20, '.');
  for (int i = 0; i < 4095; ++i) ring.append(block);
  ring.append(block.substr(4));
  ring.append("abcdefgh");
  EXPECT_EQ(ring.end(), 4u);
  EXPECT_EQ(contents(ring, ring.first()), "abcdefgh");
  EXPECT_EQ(contents(ring, ring.resume_at(0)), "efgh");
}

TEST(ConsoleRing, GrowsWithItsContents) {
  std::vector<char> small(8), large(32), tiny(4);
  ConsoleRing ring{small};
  ring.append("0123456789");
  EXPECT_TRUE(ring.grow(large));
  EXPECT_FALSE(ring.grow(tiny));
  ring.append("abc");
  EXPECT_EQ(contents(ring, ring.first()), "23456789abc");
}

}  // namespace
}  // namespace xenolith
