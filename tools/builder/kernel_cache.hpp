// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include "tools/builder/byte_source.hpp"

namespace xenolith::tools {

// Unpacked kernels in a folder, as unpacking is most of what making a guest with a packed one takes. A file is named after all
// that tells its source from others and from itself before a change, appears when it is complete, and is never changed. The
// newest few are kept. Whatever goes wrong here, the kernel is unpacked as without a cache.
class KernelCache {
 public:
  // folder: made when it is needed; with "" nothing is kept. settled: how long a file must have been as it is to be kept: a
  // file system's clock may stand still for a moment, so that a second change in it would not show.
  explicit KernelCache(std::string folder, std::chrono::nanoseconds settled = std::chrono::seconds(2))
      : folder_(std::move(folder)), settled_(settled) {}

  // What file.identity() unpacked to; none if it is not here.
  std::unique_ptr<ByteSource> find(const std::string& identity) const noexcept;
  // Keeps what a file has unpacked to, if the file is the same as when its identity was asked for, and was not changed just now.
  void keep(const FileSource& file, const std::string& identity, std::span<const std::byte> unpacked) const noexcept;

 private:
  std::string path(const std::string& identity) const { return folder_ + "/" + identity; }
  void write(const std::string& identity, std::span<const std::byte> unpacked) const;
  void remove_oldest() const;

  std::string folder_;
  std::chrono::nanoseconds settled_;
};

}  // namespace xenolith::tools
