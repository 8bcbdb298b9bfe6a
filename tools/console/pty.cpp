// SPDX-License-Identifier: MIT
#include "tools/console/pty.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

namespace {

void make_raw(int fd) {
  termios settings;
  check(::tcgetattr(fd, &settings), "reading a terminal's settings");
  ::cfmakeraw(&settings);
  check(::tcsetattr(fd, TCSANOW, &settings), "changing a terminal's settings");
}

std::string name_of(int master) {
  char name[64];
  if (int code = ::ptsname_r(master, name, sizeof name)) throw_errno(code, "naming a pseudo terminal");
  return name;
}

}  // namespace

Pty::Pty(EventLoop& loop, OpenWatch& opens, Callbacks callbacks) : loop_(loop), callbacks_(std::move(callbacks)) {
  master_ = UniqueFd(check(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), "making a pseudo terminal"));
  check(::grantpt(master_.get()), "granting a pseudo terminal");
  check(::unlockpt(master_.get()), "unlocking a pseudo terminal");
  name_ = name_of(master_.get());
  other_end_ = UniqueFd(check(::open(name_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC), "opening {}", name_));
  make_raw(other_end_.get());
  opens_ = opens.add(name_, [this](int change) { on_client(change); });
  watch();
}

void Pty::watch() {
  source_ = EventSource();
  uint32_t events = (listening_ ? EPOLLIN : 0u) | (blocked_ ? EPOLLOUT : 0u);
  if (events) source_ = loop_.watch(master_.get(), events, [this](uint32_t ready) { on_event(ready); });
}

void Pty::on_event(uint32_t events) {
  if (events & EPOLLOUT) {
    blocked_ = false;
    watch();
    callbacks_.on_room();
  }
  if (events & (EPOLLIN | EPOLLHUP)) callbacks_.on_input();
}

// Each open of a client ends with one close, whatever it does in between.
void Pty::on_client(int change) {
  bool before = has_clients();
  clients_ = std::max(0, clients_ + change);
  if (before != has_clients()) callbacks_.on_clients();
}

std::string Pty::read(size_t most) {
  char buffer[1024];
  ssize_t got = ::read(master_.get(), buffer, std::min(most, sizeof buffer));
  return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : std::string();
}

size_t Pty::write(std::string_view bytes) {
  ssize_t written = ::write(master_.get(), bytes.data(), bytes.size());
  size_t taken = written > 0 ? static_cast<size_t>(written) : 0;
  if (taken < bytes.size() && !blocked_) {
    blocked_ = true;
    watch();
  }
  return taken;
}

size_t Pty::unread() const {
  int count = 0;
  return ::ioctl(other_end_.get(), FIONREAD, &count) == 0 && count > 0 ? static_cast<size_t>(count) : 0;
}

void Pty::listen(bool on) {
  if (listening_ == on) return;
  listening_ = on;
  watch();
}

}  // namespace xenolith::tools::console
