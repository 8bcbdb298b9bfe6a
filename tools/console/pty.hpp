// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "tools/base/event_loop.hpp"
#include "tools/base/unique_fd.hpp"
#include "tools/console/open_watch.hpp"

namespace xenolith::tools::console {

// A pseudo terminal whose other end clients open. The daemon keeps the other end open as well, so that clients come and
// go without an error here.
class Pty {
 public:
  // on_input: a client typed; on_room: what was refused by write() may go now; on_clients: one came or the last went.
  struct Callbacks {
    std::function<void()> on_input;
    std::function<void()> on_room;
    std::function<void()> on_clients;
  };
  // opens: lives longer than this. Throws Error.
  Pty(EventLoop& loop, OpenWatch& opens, Callbacks callbacks);

  // The path for clients: /dev/pts/N.
  const std::string& name() const { return name_; }
  bool has_clients() const { return clients_ > 0; }
  // What a client typed, at most `most` bytes.
  std::string read(size_t most);
  // Returns how many bytes were taken. After fewer than all, on_room is called when there is room.
  size_t write(std::string_view bytes);
  // Bytes that were written and no client has read.
  size_t unread() const;
  // Whether to listen to clients: not while the domain does not take what they type.
  void listen(bool on);

 private:
  void watch();
  void on_event(uint32_t events);
  void on_client(int change);

  EventLoop& loop_;
  Callbacks callbacks_;
  UniqueFd master_, other_end_;
  std::string name_;
  int clients_ = 0;
  bool listening_ = true, blocked_ = false;
  EventSource source_;
  OpenWatch::File opens_;
};

}  // namespace xenolith::tools::console
