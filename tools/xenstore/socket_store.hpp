// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "tools/base/unique_fd.hpp"
#include "tools/xenstore/client.hpp"

namespace xenolith::tools {

// A connection to xenstored over its socket, or over the kernel's /dev/xen/xenbus (in driver domains and guests).
class SocketStore final : public XenStore {
 public:
  // Tries $XENSTORED_PATH if set; else /run/xenstored/socket, then /dev/xen/xenbus, /proc/xen/xenbus. Throws Error.
  static std::unique_ptr<SocketStore> connect();
  // path: a socket or a character device.
  static std::unique_ptr<SocketStore> open(const std::string& path);
  explicit SocketStore(UniqueFd fd) : fd_(std::move(fd)) {}

  std::string exchange(MessageType type, uint32_t transaction, std::string_view body) override;
  // Called from the loop when xenstored went away (ECONNRESET); without it the error leaves the loop's run().
  void on_lost(std::function<void()> callback) { lost_ = std::move(callback); }

 protected:
  void attach(EventLoop& loop) override;

 private:
  void send(std::string_view bytes);
  // Reads until a message is complete.
  Message receive();
  void take_event(const Message& message);
  void on_readable();

  UniqueFd fd_;
  MessageReader reader_;
  uint32_t last_request_ = 0;
  EventSource source_;
  std::function<void()> lost_;
};

}  // namespace xenolith::tools
