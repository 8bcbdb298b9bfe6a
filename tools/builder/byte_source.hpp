// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {

// Bytes that can be read at any place, more than once: a file, or memory. What was read twice may differ.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // Fills `to` from `offset` on; throws Error when the source ends before that.
  virtual void read(uint64_t offset, std::span<std::byte> to) const = 0;
};

// A regular file. Its size is what it was when it was opened; a file that shrinks afterwards is an Error.
class FileSource final : public ByteSource {
 public:
  // Throws Error that names the path.
  explicit FileSource(const std::string& path);

  uint64_t size() const override { return size_; }
  void read(uint64_t offset, std::span<std::byte> to) const override;
  // Device, inode, size, times of the last changes, as one word: another one for another file and after a change.
  std::string identity() const;
  // Since the last change.
  std::chrono::nanoseconds age() const;

 private:
  std::string path_;
  UniqueFd fd_;
  uint64_t size_ = 0;
};

// Memory of its own, not touched before it is written.
class MemorySource final : public ByteSource {
 public:
  // Throws Error(ENOMEM).
  explicit MemorySource(size_t size);
  ~MemorySource() override;
  MemorySource(const MemorySource&) = delete;
  MemorySource& operator=(const MemorySource&) = delete;

  std::span<std::byte> bytes() { return {data_, size_}; }
  // Only the first `size` bytes count from now on.
  void shrink(size_t size) { size_ = size; }
  uint64_t size() const override { return size_; }
  void read(uint64_t offset, std::span<std::byte> to) const override;

 private:
  std::byte* data_ = nullptr;
  size_t size_;
  size_t mapped_;
};

}  // namespace xenolith::tools
