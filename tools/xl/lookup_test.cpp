// SPDX-License-Identifier: MIT
#include "tools/xl/lookup.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools::xl {
namespace {

TEST(Lookup, MemorySizes) {
  EXPECT_EQ(parse_memory("512"), KiB(512 * 1024));
  EXPECT_EQ(parse_memory("512m"), KiB(512 * 1024));
  EXPECT_EQ(parse_memory("1G"), KiB(1024 * 1024));
  EXPECT_EQ(parse_memory("1t"), KiB(1 << 30));
  EXPECT_EQ(parse_memory("64k"), KiB(64));
  EXPECT_EQ(parse_memory("8192b"), KiB(8));
  for (const char* text : {"", "x", "1x", "-1", "1mb", "99999999999t", "99999999999999999999"})
    EXPECT_THROW(parse_memory(text), Error) << text;
}

TEST(Lookup, CpusText) {
  CpuSet cpus = CpuSet::first(4);
  EXPECT_EQ(cpus_text(cpus, 4), "all");
  EXPECT_EQ(cpus_text(cpus, 5), "0-3");
  cpus.remove(CpuId(1));
  EXPECT_EQ(cpus_text(cpus, 4), "0,2-3");
  EXPECT_EQ(cpus_text(CpuSet(), 4), "none");
}

}  // namespace
}  // namespace xenolith::tools::xl
