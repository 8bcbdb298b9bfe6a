// SPDX-License-Identifier: MIT
#include "tools/builder/kernel_cache.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tools/base/error.hpp"
#include "tools/builder/kernel.hpp"
#include "tools/builder/test_images.hpp"

namespace xenolith::tools {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t limit = 64 << 20;

class KernelCacheTest : public testing::Test {
 protected:
  KernelCacheTest() : home(fs::temp_directory_path() / ("kernel-cache-test-" + std::to_string(::getpid()))) {
    fs::create_directory(home);
    put("vmlinuz", test::make_elf());
  }
  ~KernelCacheTest() override { fs::remove_all(home); }

  void put(const std::string& name, const test::Bytes& elf) {
    auto packed = test::make_bzimage(test::pack("gzip", elf), static_cast<uint32_t>(elf.size()));
    std::ofstream(home / name, std::ios::binary).write(reinterpret_cast<const char*>(packed.data()), static_cast<std::streamsize>(packed.size()));
  }
  Kernel load(const std::string& name = "vmlinuz", uint64_t room = limit) { return load_kernel(home / name, room, cache); }
  std::vector<fs::path> kept() const {
    std::vector<fs::path> files;
    if (fs::exists(folder))
      for (const auto& file : fs::directory_iterator(folder)) files.push_back(file.path());
    return files;
  }
  static test::Bytes bytes(const Kernel& kernel) {
    test::Bytes all(kernel.bytes->size());
    kernel.bytes->read(0, std::as_writable_bytes(std::span(all)));
    return all;
  }

  fs::path home, folder = home / "cache" / "kernels";
  KernelCache cache{folder, std::chrono::seconds(0)};
};

TEST_F(KernelCacheTest, TheSecondTimeIsReadFromTheCache) {
  EXPECT_EQ(bytes(load()), test::make_elf());
  ASSERT_EQ(kept().size(), 1u);
  Kernel again = load();
  EXPECT_EQ(bytes(again), test::make_elf());
  EXPECT_EQ(again.type, "bzImage (gzip)");
  EXPECT_NE(dynamic_cast<FileSource*>(again.bytes.get()), nullptr);
  EXPECT_EQ(kept().size(), 1u);
}

TEST_F(KernelCacheTest, AChangedKernelIsUnpackedAgain) {
  load();
  put("vmlinuz", test::make_elf({.content = 128}));
  EXPECT_EQ(bytes(load()), test::make_elf({.content = 128}));
  put("new", test::make_elf({.content = 256}));
  fs::rename(home / "new", home / "vmlinuz");
  EXPECT_EQ(bytes(load()), test::make_elf({.content = 256}));
}

TEST_F(KernelCacheTest, AKernelThatChangedJustNowIsNotKept) {
  cache = KernelCache(folder, std::chrono::hours(1));
  EXPECT_EQ(bytes(load()), test::make_elf());
  EXPECT_TRUE(kept().empty());
}

TEST_F(KernelCacheTest, TheSmallerGuestIsRefusedAllTheSame) {
  load();
  EXPECT_THROW(load("vmlinuz", 100), Error);
}

TEST_F(KernelCacheTest, TheOldestGo) {
  for (int i = 0; i < 12; ++i) {
    put("vmlinuz-" + std::to_string(i), test::make_elf());
    load("vmlinuz-" + std::to_string(i));
    auto files = kept();
    for (const auto& file : files) fs::last_write_time(file, fs::last_write_time(file) - std::chrono::minutes(1));
  }
  EXPECT_EQ(kept().size(), 8u);
  EXPECT_NE(dynamic_cast<FileSource*>(load("vmlinuz-11").bytes.get()), nullptr);
  EXPECT_EQ(dynamic_cast<FileSource*>(load("vmlinuz-0").bytes.get()), nullptr);
}

TEST_F(KernelCacheTest, WithoutAPlaceKernelsAreUnpacked) {
  cache = KernelCache("/proc/nonexistent/kernels", std::chrono::seconds(0));
  EXPECT_EQ(bytes(load()), test::make_elf());
  cache = KernelCache("");
  EXPECT_EQ(bytes(load()), test::make_elf());
}

}  // namespace
}  // namespace xenolith::tools
