// SPDX-License-Identifier: MIT
#include "core/boot/decompress.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "core/boot/crc32.hpp"

namespace xenolith {
namespace {

using Buffer = std::vector<u8>;

Buffer read_file(const std::string& name) {
  std::ifstream file{std::string{XENOLITH_BOOT_SAMPLES "/"} + name, std::ios::binary | std::ios::ate};
  if (!file) return {};
  Buffer contents(static_cast<size_t>(file.tellg()));
  file.seekg(0).read(reinterpret_cast<char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
  return contents;
}

const Buffer& plain() {
  static const Buffer contents = read_file("plain");
  return contents;
}

Buffer& arena() {
  static Buffer memory(decompress_arena_size);
  return memory;
}

struct Sample {
  const char* name;
  CompressionFormat format;
};

class Decompress : public testing::TestWithParam<Sample> {
 protected:
  void SetUp() override {
    input = read_file(GetParam().name);
    if (input.empty()) GTEST_SKIP() << "no tool to make this sample";
  }
  Buffer input;
};

TEST_P(Decompress, MakesTheOriginal) {
  EXPECT_EQ(compression_format(input), GetParam().format);
  Buffer output(plain().size());
  auto result = decompress(input, output, arena());
  ASSERT_TRUE(result) << result.error();
  EXPECT_EQ(*result, plain().size());
  EXPECT_TRUE(output == plain());
}

TEST_P(Decompress, IgnoresTheSizeBehindTheStream) {
  u32 size = static_cast<u32>(plain().size());
  for (unsigned i = 0; i < 4; ++i) input.push_back(static_cast<u8>(size >> (8 * i)));
  Buffer output(plain().size());
  auto result = decompress(input, output, arena());
  ASSERT_TRUE(result) << result.error();
  EXPECT_TRUE(*result == plain().size() && output == plain());
}

TEST_P(Decompress, FailsOnTruncatedInput) {
  Buffer output(plain().size());
  for (size_t length : {input.size() / 2, size_t{20}, size_t{7}}) {
    auto result = decompress(std::span{input}.first(length), output, arena());
    EXPECT_TRUE(result.failed() || *result < plain().size());
  }
}

TEST_P(Decompress, FailsWhenTheOutputIsTooSmall) {
  if (GetParam().format == CompressionFormat::lzma) GTEST_SKIP() << "needs the exact size, cannot tell";
  Buffer output(plain().size() - 1);
  EXPECT_EQ(decompress(input, output, arena()).error(), XEN_ENOSPC);
}

INSTANTIATE_TEST_SUITE_P(
    Formats, Decompress,
    testing::Values(Sample{"gzip", CompressionFormat::gzip}, Sample{"xz", CompressionFormat::xz},
                    Sample{"lzma", CompressionFormat::lzma}, Sample{"zstd", CompressionFormat::zstd},
                    Sample{"lz4", CompressionFormat::lz4}),
    [](const auto& instance) { return std::string{name_of(instance.param.format)}; });

TEST(DecompressErrors, UnsupportedFormats) {
  Buffer output(64);
  for (std::string_view head : {"BZh9xxxxxxxx", "\x89LZO", "\x7f" "ELF........", ""}) {
    std::span<const u8> input{reinterpret_cast<const u8*>(head.data()), head.size()};
    EXPECT_EQ(decompress(input, output, arena()).error(), XEN_EOPNOTSUPP);
  }
  Buffer crc64 = read_file("xz-crc64");
  if (!crc64.empty()) {
    EXPECT_EQ(decompress(crc64, output, arena()).error(), XEN_EOPNOTSUPP);
  }
}

TEST(DecompressErrors, ArenaTooSmall) {
  const u8 gzip[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  Buffer output(8);
  EXPECT_EQ(decompress(gzip, output, std::span{arena()}.first(1000)).error(), XEN_ENOMEM);
  auto result = decompress(gzip, output, arena());
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 0u);
}

TEST(DecompressErrors, WrongChecksum) {
  u8 gzip[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 0, 0, 0, 0, 0, 0};
  Buffer output(8);
  EXPECT_EQ(decompress(gzip, output, arena()).error(), XEN_EINVAL);
}

TEST(Crc32, CheckValue) {
  std::string_view digits = "123456789";
  std::span<const u8> bytes{reinterpret_cast<const u8*>(digits.data()), digits.size()};
  EXPECT_EQ(crc32(bytes), 0xcbf43926u);
  EXPECT_EQ(crc32(bytes.subspan(4), crc32(bytes.first(4))), 0xcbf43926u);
}

}  // namespace
}  // namespace xenolith
