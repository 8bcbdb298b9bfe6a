// SPDX-License-Identifier: MIT
#include "tools/console/guest_console.hpp"

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

namespace {
// Output that may wait for a client that is there; more, and the domain waits.
constexpr size_t attached_limit = 64 << 10;
}  // namespace

GuestConsole::GuestConsole(EventLoop& loop, OpenWatch& opens, std::unique_ptr<RingLink> link, Settings settings,
                           std::function<void()> want_turn)
    : link_(std::move(link)),
      ring_(static_cast<xencons_interface*>(link_->page())),
      overflow_(settings.overflow),
      log_(std::move(settings.log)),
      backlog_(settings.limit),
      want_turn_(std::move(want_turn)),
      pty_(loop, opens, {.on_input = [this] { want_turn_(); },
                         .on_room = [this] { push(), want_turn_(); },
                         .on_clients = [this] { push(), want_turn_(); }}) {
  backlog_.add(settings.backlog);
}

bool GuestConsole::may_take() const {
  if (overflow_ == Overflow::forget) return true;
  if (pty_.has_clients()) return backlog_.size() < attached_limit;
  return overflow_ == Overflow::wait_for_clients || !backlog_.full();
}

void GuestConsole::take() {
  std::string bytes = ring_.take(sizeof(xencons_interface::out));
  if (bytes.empty()) return;
  link_->notify();
  if (log_) log_->write(bytes);
  backlog_.add(bytes);
}

void GuestConsole::push() {
  while (pty_.has_clients() && backlog_.size() > 0) {
    size_t taken = pty_.write(backlog_.front());
    if (taken == 0) break;
    backlog_.take(taken);
  }
  bool trims = overflow_ == Overflow::forget || (overflow_ == Overflow::wait_for_clients && !pty_.has_clients());
  if (trims) backlog_.trim();
}

// From clients to the domain, as much as the ring takes.
void GuestConsole::feed() {
  size_t room = ring_.room();
  pty_.listen(room > 0);
  if (room == 0) return;
  std::string bytes = pty_.read(room);
  if (bytes.empty()) return;
  ring_.put(bytes);
  link_->notify();
}

bool GuestConsole::turn() {
  if (refused_) return false;
  try {
    feed();
    if (may_take()) take();
    push();
    return may_take() && ring_.has_output();
  } catch (const Error& error) {
    refuse(error.what());
    return false;
  }
}

void GuestConsole::refuse(const std::string& why) {
  refused_ = true;
  pty_.listen(false);
  if (log_) log_->note("*** " + why + ": the console is not served any more ***");
}

void GuestConsole::finish() {
  if (refused_) return;
  try {
    take();
  } catch (const Error& error) {
    refuse(error.what());
  }
  push();
  if (log_) log_->note("*** the domain is gone ***");
  refused_ = true;
  pty_.listen(false);
}

}  // namespace xenolith::tools::console
