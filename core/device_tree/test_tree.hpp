// SPDX-License-Identifier: MIT
// Trees of test_trees/, compiled, for unit tests.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/device_tree/host.hpp"

namespace xenolith {

// A blob, 8-byte aligned.
class TestBlob {
 public:
  explicit TestBlob(size_t size) : words_((size + 7) / 8), size_{size} {}
  static TestBlob load(const std::string& name) {
    std::ifstream file{std::string{XENOLITH_TEST_TREES} + "/" + name + ".dtb", std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_FALSE(text.empty());
    TestBlob blob{text.size()};
    std::memcpy(blob.bytes().data(), text.data(), text.size());
    return blob;
  }
  std::span<u8> bytes() { return {reinterpret_cast<u8*>(words_.data()), size_}; }

 private:
  std::vector<u64> words_;
  size_t size_;
};

// An opened and described tree.
class TestTree {
 public:
  explicit TestTree(const std::string& name) : TestTree{TestBlob::load(name)} {}
  explicit TestTree(TestBlob blob) : blob_{std::move(blob)}, entries_(1024) {
    Result<DeviceTree> opened = DeviceTree::open(blob_.bytes(), entries_);
    EXPECT_TRUE(opened);
    if (opened) tree_ = *opened;
  }
  const DeviceTree& tree() const { return tree_; }
  DeviceTreeNode find(std::string_view path) const { return tree_.find(path); }
  HostDescription& describe() {
    host_ = std::make_unique<HostDescription>();
    EXPECT_TRUE(describe_host(tree_, *host_));
    return *host_;
  }

 private:
  TestBlob blob_;
  std::vector<DeviceTree::Entry> entries_;
  std::unique_ptr<HostDescription> host_;
  DeviceTree tree_;
};

inline DeviceRange range_of(u64 start, u64 size) { return {MachineAddress{start}, size}; }

}  // namespace xenolith
