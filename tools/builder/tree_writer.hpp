// SPDX-License-Identifier: MIT
#pragma once

#include <libfdt.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/error.hpp"
#include "tools/builder/arm_guest_tree.hpp"

namespace xenolith::tools {

// libfdt's sequential writing; the first failure is thrown.
class TreeWriter {
 public:
  static constexpr size_t room = 256 << 10;

  TreeWriter() : blob_(room) {
    check(fdt_create(blob_.data(), static_cast<int>(blob_.size())));
    check(fdt_finish_reservemap(blob_.data()));
  }

  void begin(const std::string& name) { check(fdt_begin_node(blob_.data(), name.c_str())); }
  void end() { check(fdt_end_node(blob_.data())); }
  void flag(const char* name) { check(fdt_property(blob_.data(), name, nullptr, 0)); }
  void text(const char* name, const std::string& text) { bytes(name, text.c_str(), text.size() + 1); }
  // Strings with zeros between them.
  void texts(const char* name, std::string_view texts) { bytes(name, std::string(texts).c_str(), texts.size() + 1); }
  void cells(const char* name, std::vector<uint32_t> cells) {
    for (uint32_t& cell : cells) cell = cpu_to_fdt32(cell);
    bytes(name, cells.data(), cells.size() * sizeof(uint32_t));
  }
  void number(const char* name, uint64_t number) { cells(name, {uint32_t(number >> 32), uint32_t(number)}); }
  void ranges(const char* name, const std::vector<TreeRange>& ranges) {
    std::vector<uint32_t> all;
    for (const TreeRange& range : ranges)
      for (uint64_t part : {range.start, range.size}) all.insert(all.end(), {uint32_t(part >> 32), uint32_t(part)});
    cells(name, all);
  }
  void bytes(const char* name, const void* data, size_t size) { check(fdt_property(blob_.data(), name, data, static_cast<int>(size))); }
  std::vector<std::byte> finish() {
    check(fdt_finish(blob_.data()));
    blob_.resize(fdt_totalsize(blob_.data()));
    return std::move(blob_);
  }

 private:
  static void check(int status) {
    if (status < 0) fail(status == -FDT_ERR_NOSPACE ? ENOSPC : EINVAL, "making the guest's device tree: {}", fdt_strerror(status));
  }

  std::vector<std::byte> blob_;
};

}  // namespace xenolith::tools
