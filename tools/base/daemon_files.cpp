// SPDX-License-Identifier: MIT
#include "tools/base/daemon_files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tools/base/error.hpp"

namespace xenolith::tools {

namespace {

void write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    ssize_t written = check(::write(fd, bytes.data(), bytes.size()), "writing {}", path);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

}  // namespace

UniqueFd listen_at(const std::string& path, unsigned mode) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail(ENAMETOOLONG, "{}: the path of a socket is too long", path);
  std::memcpy(address.sun_path, path.data(), path.size());
  UniqueFd fd(check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "making a socket"));
  ::unlink(path.c_str());
  check(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), "binding {}", path);
  check(::chmod(path.c_str(), mode), "changing the mode of {}", path);
  check(::listen(fd.get(), SOMAXCONN), "listening at {}", path);
  return fd;
}

UniqueFd write_pid_file(const std::string& path) {
  UniqueFd fd(check(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "opening {}", path));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) fail(EEXIST, "{}: another process holds it", path);
  check(::ftruncate(fd.get(), 0), "writing {}", path);
  write_all(fd.get(), std::to_string(::getpid()) + "\n", path);
  return fd;
}

void replace_file(const std::string& path, std::string_view contents) {
  std::string fresh = path + ".new";
  UniqueFd fd(check(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), "opening {}", fresh));
  write_all(fd.get(), contents, fresh);
  check(::rename(fresh.c_str(), path.c_str()), "renaming {}", fresh);
}

std::string read_file(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return {};
  check(fd.get(), "opening {}", path);
  std::string contents;
  char buffer[65536];
  while (ssize_t got = check(::read(fd.get(), buffer, sizeof buffer), "reading {}", path))
    contents.append(buffer, static_cast<size_t>(got));
  return contents;
}

void allow_descriptors(uint64_t count) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= count) return;
  rlimit wanted{count, std::max<rlim_t>(limit.rlim_max, count)};
  if (::setrlimit(RLIMIT_NOFILE, &wanted) == 0) return;
  wanted = {std::min<rlim_t>(limit.rlim_max, count), limit.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &wanted);
}

Background::Background(bool fork) {
  if (!fork) return;
  int ends[2];
  check(::pipe2(ends, O_CLOEXEC), "making a pipe");
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  if (check(::fork(), "forking") > 0) {
    write_end.reset();
    char ok;
    _exit(::read(read_end.get(), &ok, 1) == 1 ? 0 : 1);
  }
  ::setsid();
  check(::chdir("/"), "changing to /");
  pipe_ = std::move(write_end);
}

void Background::ready() {
  if (!pipe_) return;
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd : {0, 1, 2}) ::dup2(null.get(), fd);
  ssize_t told = ::write(pipe_.get(), "1", 1);
  static_cast<void>(told);  // a parent that was killed needs no word
  pipe_.reset();
}

}  // namespace xenolith::tools
