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
  explicit SocketStore(UniqueFd fd);

  std::string exchange(MessageType type, uint32_t transaction, std::string_view body) override;
  // Over a socket many requests may be on their way; the kernel's device takes one after the other.
  void post(MessageType type, uint32_t transaction, std::string_view body, int harmless) override;
  std::vector<std::optional<std::string>> find_all(const std::vector<std::string>& paths) override;
  // Called from the loop when xenstored went away (ECONNRESET); without it the error leaves the loop's run().
  void on_lost(std::function<void()> callback) { lost_ = std::move(callback); }

 protected:
  void attach(EventLoop& loop) override;

 private:
  // A request whose answer has not been read.
  struct Posted {
    uint32_t request;
    int harmless;
    std::string subject;
  };

  // Begins a request; it is on its way after send_all().
  uint32_t add_request(MessageType type, uint32_t transaction, std::string_view body);
  // The answer to this request, with watch events taken on the way.
  Message answer_to(uint32_t request);
  // Reads the answers of all that was posted; then throws the first failure.
  void collect();
  void send_all();
  // Reads and forgets the answers to these requests from the `first` on.
  void drop_answers(const std::vector<uint32_t>& requests, size_t first);
  // Reads until a message is complete.
  Message receive();
  void take_event(const Message& message);
  void on_readable();

  UniqueFd fd_;
  MessageReader reader_;
  bool is_socket_;
  std::string unsent_;
  std::vector<Posted> posted_;
  uint32_t last_request_ = 0;
  EventSource source_;
  std::function<void()> lost_;
};

}  // namespace xenolith::tools
