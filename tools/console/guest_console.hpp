// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "tools/console/backlog.hpp"
#include "tools/console/console_ring.hpp"
#include "tools/console/log_file.hpp"
#include "tools/console/pty.hpp"
#include "tools/rings/ring_gate.hpp"

namespace xenolith::tools::console {

// What becomes of output when there is more than may wait.
enum class Overflow : uint8_t {
  wait_for_clients,  // the domain waits while a client is there to take it; else the oldest is forgotten
  wait,              // the domain always waits
  forget,            // the oldest is always forgotten
};

// A domain's console: its ring, the pseudo terminal that clients open, its log. The log gets every byte.
class GuestConsole {
 public:
  struct Settings {
    size_t limit = 1 << 20;  // bytes that wait while no client is there
    Overflow overflow = Overflow::wait_for_clients;
    std::unique_ptr<LogFile> log;  // or none
    std::string backlog;           // what waited when the daemon's predecessor ended
  };
  // opens: lives longer than this. want_turn: called when a turn() has become worth while. Throws Error.
  GuestConsole(EventLoop& loop, OpenWatch& opens, std::unique_ptr<RingLink> link, Settings settings,
               std::function<void()> want_turn);

  // Moves at most a ring's contents each way. Returns whether there is more to move.
  bool turn();
  void unmask() { link_->unmask(); }
  // The domain is gone: takes all that it wrote last.
  void finish();
  // Whether a client still has something to take.
  bool owes() const { return pty_.has_clients() && (backlog_.size() > 0 || pty_.unread() > 0); }

  const std::string& tty() const { return pty_.name(); }
  std::string_view backlog() const { return backlog_.front(); }
  void reopen_log() {
    if (log_) log_->reopen();
  }

 private:
  bool may_take() const;
  void take();
  void push();
  void feed();
  void refuse(const std::string& why);

  std::unique_ptr<RingLink> link_;
  ConsoleRing ring_;
  Overflow overflow_;
  std::unique_ptr<LogFile> log_;
  Backlog backlog_;
  std::function<void()> want_turn_;
  bool refused_ = false;
  Pty pty_;
};

}  // namespace xenolith::tools::console
