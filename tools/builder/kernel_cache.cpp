// SPDX-License-Identifier: MIT
#include "tools/builder/kernel_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

namespace fs = std::filesystem;

constexpr size_t most_files = 8;
constexpr size_t largest = size_t(256) << 20;

// A file that is gone again unless it is published.
class NewFile {
 public:
  explicit NewFile(const std::string& folder) : name_(folder + "/new-XXXXXX") {
    fd_ = UniqueFd(check(::mkostemp(name_.data(), O_CLOEXEC), "making a file in {}", folder));
  }
  ~NewFile() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  NewFile(const NewFile&) = delete;

  void write(std::span<const std::byte> bytes) const {
    while (!bytes.empty())
      bytes = bytes.subspan(static_cast<size_t>(check(::write(fd_.get(), bytes.data(), bytes.size()), "writing {}", name_)));
    // Before it gets its name, so that a loss of power leaves no name without its bytes.
    check(::fdatasync(fd_.get()), "writing {}", name_);
  }
  void publish(const std::string& path) {
    check(::rename(name_.c_str(), path.c_str()), "naming {}", path);
    name_.clear();
  }

 private:
  std::string name_;
  UniqueFd fd_;
};

}  // namespace

std::unique_ptr<ByteSource> KernelCache::find(const std::string& identity) const noexcept {
  if (folder_.empty()) return nullptr;
  try {
    auto file = std::make_unique<FileSource>(path(identity));
    ::utimensat(AT_FDCWD, path(identity).c_str(), nullptr, 0);  // used just now
    return file;
  } catch (const std::exception&) {
    return nullptr;
  }
}

void KernelCache::keep(const FileSource& file, const std::string& identity,
                       std::span<const std::byte> unpacked) const noexcept {
  if (folder_.empty() || unpacked.size() > largest) return;
  try {
    if (file.identity() != identity || file.age() < settled_) return;
    write(identity, unpacked);
    remove_oldest();
  } catch (const std::exception&) {
    // A full disk, or one that may not be written.
  }
}

void KernelCache::write(const std::string& identity, std::span<const std::byte> unpacked) const {
  fs::create_directories(fs::path(folder_).parent_path());
  if (::mkdir(folder_.c_str(), 0700) < 0 && errno != EEXIST) fail_errno("making {}", folder_);
  NewFile file(folder_);
  file.write(unpacked);
  file.publish(path(identity));
}

void KernelCache::remove_oldest() const {
  std::vector<fs::directory_entry> files(fs::directory_iterator(folder_), {});
  if (files.size() <= most_files) return;
  std::ranges::sort(files, std::greater(), [](const auto& file) { return file.last_write_time(); });
  for (size_t i = most_files; i < files.size(); ++i) fs::remove(files[i].path());
}

}  // namespace xenolith::tools
