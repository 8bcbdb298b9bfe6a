// SPDX-License-Identifier: MIT
#include "tools/console/console_client.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <optional>

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"
#include "tools/xenstore/wait.hpp"

namespace xenolith::tools::console {

namespace {

// A terminal without line editing and echo, until the end of this object.
class RawTerminal {
 public:
  explicit RawTerminal(int fd) : fd_(fd) {
    termios raw;
    if (::tcgetattr(fd, &raw) < 0) return;  // not a terminal
    before_ = raw;
    ::cfmakeraw(&raw);
    ::tcsetattr(fd, TCSANOW, &raw);
  }
  ~RawTerminal() {
    if (before_) ::tcsetattr(fd_, TCSANOW, &*before_);
  }
  RawTerminal(const RawTerminal&) = delete;

 private:
  int fd_;
  std::optional<termios> before_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// What can be read now; empty at the end.
std::string read_some(int fd) {
  char buffer[4096];
  ssize_t got = ::read(fd, buffer, sizeof buffer);
  return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : std::string();
}

}  // namespace

ConsoleType parse_console_type(std::string_view text) {
  if (text == "pv") return ConsoleType::pv;
  if (text == "serial") return ConsoleType::serial;
  if (text == "vuart") return ConsoleType::vuart;
  fail(EINVAL, "\"{}\" is not a type of console: pv, serial or vuart", text);
}

std::string tty_node(const XenStore& store, const ConsoleChoice& choice) {
  std::string domain = store.domain_path(choice.domain);
  if (choice.type == ConsoleType::vuart) return domain + "/vuart/0/tty";  // there is one, whatever the number
  std::string serial = fmt::format("{}/serial/{}/tty", domain, choice.number);
  if (choice.type == ConsoleType::serial) return serial;
  if (choice.type == ConsoleType::automatic && store.exists(serial)) return serial;
  if (choice.number == 0) return domain + "/console/tty";
  return fmt::format("{}/device/console/{}/tty", domain, choice.number);
}

std::string wait_for_tty(EventLoop& loop, XenStore& store, const ConsoleChoice& choice, const std::string& not_this,
                         std::chrono::milliseconds limit) {
  std::string domain = store.domain_path(choice.domain);
  std::string node = tty_node(store, choice);
  std::string tty;
  bool gone = false, late = false;
  Task<> wait = wait_until(loop, store, node, [&] {
    tty = store.find(node).value_or("");
    gone = !store.exists(domain);
    return gone || (!tty.empty() && tty != not_this);
  });
  EventSource timer = loop.after(limit, [&] { late = true; });
  wait.start();
  while (!wait.done() && !late) loop.run_once(std::chrono::hours(1));
  if (wait.done()) wait.get();
  if (gone) fail(ENOENT, "there is no domain {}", choice.domain);
  if (!wait.done()) fail(ETIMEDOUT, "domain {} has no such console", choice.domain);
  return tty;
}

ConsoleEnd talk(const std::string& tty, char escape) {
  UniqueFd terminal(check(::open(tty.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC), "opening {}", tty));
  RawTerminal guest_side(terminal.get()), person_side(STDIN_FILENO);
  pollfd ready[2] = {{terminal.get(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  while (true) {
    if (::poll(ready, 2, -1) < 0 && errno != EINTR) fail_errno("waiting for input");
    if (ready[0].revents) {
      std::string bytes = read_some(terminal.get());
      if (bytes.empty()) return ConsoleEnd::terminal_closed;
      if (!write_all(STDOUT_FILENO, bytes)) return ConsoleEnd::person_left;
    }
    if (ready[1].revents) {
      std::string bytes = read_some(STDIN_FILENO);
      size_t leave = bytes.find(escape);
      if (bytes.empty()) ready[1].fd = -1;
      if (!write_all(terminal.get(), std::string_view(bytes).substr(0, leave))) return ConsoleEnd::terminal_closed;
      if (leave != bytes.npos) return ConsoleEnd::person_left;
    }
  }
}

}  // namespace xenolith::tools::console
