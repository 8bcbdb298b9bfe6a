// SPDX-License-Identifier: MIT
#include "tools/toolstack/userdata.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {
namespace {

void write_all(int fd, const std::string& data, const std::string& path) {
  size_t written = 0;
  while (written < data.size()) {
    ssize_t length = ::write(fd, data.data() + written, data.size() - written);
    if (length < 0 && errno == EINTR) continue;
    check(length, "writing {}", path);
    written += static_cast<size_t>(length);
  }
}

// Removes a half-written file, unless it became the real one.
struct Temporary {
  std::string path;
  bool kept = false;
  ~Temporary() {
    if (!kept) ::unlink(path.c_str());
  }
};

}  // namespace

Userdata::Userdata(std::string folder, DomainId domain, const Uuid& uuid)
    : folder_(std::move(folder)), middle_(fmt::format("{}.{}.", domain, uuid.text())) {}

std::string Userdata::path(const std::string& kind) const { return folder_ + "/userdata-d." + middle_ + kind; }

void Userdata::store(const std::string& kind, const std::string& data) {
  failure_point("keeping the domain's configuration");
  std::string target = path(kind);
  if (data.empty()) {
    if (::unlink(target.c_str()) < 0 && errno != ENOENT) fail_errno("removing {}", target);
    return;
  }
  ::mkdir(folder_.c_str(), 0755);
  Temporary fresh{folder_ + "/userdata-n." + middle_ + kind};
  UniqueFd file(check(::open(fresh.path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), "making {}", fresh.path));
  write_all(file.get(), data, fresh.path);
  check(::rename(fresh.path.c_str(), target.c_str()), "naming {}", target);
  fresh.kept = true;
}

UserdataLock Userdata::lock() {
  ::mkdir(folder_.c_str(), 0755);
  return UserdataLock(folder_ + "/userdata-l." + middle_ + "domain-userdata-lock");
}

std::optional<std::string> Userdata::load(const std::string& kind) const {
  std::ifstream file(path(kind), std::ios::binary);
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void Userdata::remove_all() noexcept {
  std::error_code error;
  std::string own = "." + middle_;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    std::string name = entry.path().filename();
    // userdata-?.ID.UUID.KIND
    if (name.starts_with("userdata-") && name.find(own) == 10) std::filesystem::remove(entry.path(), error);
  }
}

}  // namespace xenolith::tools
