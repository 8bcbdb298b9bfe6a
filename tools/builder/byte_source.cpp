// SPDX-License-Identifier: MIT
#include "tools/builder/byte_source.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cstring>

#include "tools/base/error.hpp"

namespace xenolith::tools {

FileSource::FileSource(const std::string& path) : path_(path) {
  // O_NONBLOCK: a pipe without a writer is refused below, not waited for.
  fd_ = UniqueFd(check(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK), "opening {}", path));
  struct stat status {};
  check(::fstat(fd_.get(), &status), "asking about {}", path);
  if (!S_ISREG(status.st_mode)) fail(EINVAL, "{}: not a regular file", path);
  size_ = uint64_t(status.st_size);
}

void FileSource::read(uint64_t offset, std::span<std::byte> to) const {
  if (offset > size_ || to.size() > size_ - offset) fail(EINVAL, "{}: ends too early, at {} bytes", path_, size_);
  while (!to.empty()) {
    ssize_t count = ::pread(fd_.get(), to.data(), to.size(), off_t(offset));
    if (count < 0 && errno == EINTR) continue;
    check(count, "reading {}", path_);
    if (count == 0) fail(EIO, "{}: was cut short while it was read", path_);
    to = to.subspan(size_t(count));
    offset += uint64_t(count);
  }
}

std::string FileSource::identity() const {
  struct stat status;
  check(::fstat(fd_.get(), &status), "reading {}", path_);
  auto time = [](const timespec& when) { return fmt::format("{:x}.{:x}", when.tv_sec, when.tv_nsec); };
  return fmt::format("{:x}-{:x}-{:x}-{}-{}", status.st_dev, status.st_ino, status.st_size, time(status.st_mtim),
                     time(status.st_ctim));
}

std::chrono::nanoseconds FileSource::age() const {
  struct stat status;
  check(::fstat(fd_.get(), &status), "reading {}", path_);
  auto changed = std::chrono::seconds(status.st_ctim.tv_sec) + std::chrono::nanoseconds(status.st_ctim.tv_nsec);
  return std::chrono::system_clock::now().time_since_epoch() - changed;
}

MemorySource::MemorySource(size_t size) : size_(size), mapped_(size) {
  if (size == 0) return;
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail_errno("no memory for {} bytes of a kernel", size);
  data_ = static_cast<std::byte*>(memory);
}

MemorySource::~MemorySource() {
  if (data_) ::munmap(data_, mapped_);
}

void MemorySource::read(uint64_t offset, std::span<std::byte> to) const {
  if (offset > size_ || to.size() > size_ - offset)
    fail(EINVAL, "the unpacked kernel ends too early, at {} bytes", size_);
  if (!to.empty()) std::memcpy(to.data(), data_ + offset, to.size());
}

}  // namespace xenolith::tools
