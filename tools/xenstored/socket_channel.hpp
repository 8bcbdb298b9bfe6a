// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include "tools/base/event_loop.hpp"
#include "tools/base/unique_fd.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

// Moves bytes between a socket and its connection.
class SocketChannel {
 public:
  // fd: non-blocking. on_ready: there may be a request, or the end of the connection.
  SocketChannel(UniqueFd fd, Connection& connection, EventLoop& loop, std::function<void()> on_ready);

  enum class Input { none, request, closed };
  // Reads up to the end of the next request.
  Input read(Message& message);
  // Sends what the socket takes; the rest goes when it takes more. False: the client is gone.
  bool flush();
  Connection& connection() { return connection_; }
  int fd() const { return fd_.get(); }

 private:
  void watch(bool output_waits);

  UniqueFd fd_;
  Connection& connection_;
  EventLoop& loop_;
  std::function<void()> on_ready_;
  EventSource source_;
  bool output_waits_ = false;
};

}  // namespace xenolith::tools::xenstored
