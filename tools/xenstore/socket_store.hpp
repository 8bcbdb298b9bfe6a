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

  // From now on xenstored may go away and come back, as when it is restarted: for at most `patience` a request waits for it and is
  // made again, and watches are registered again, so that each is told once. Only a transaction that was open, or its commit,
  // fails with ECONNRESET. For stores of connect() and open() on a socket; of no effect on others: the kernel does it for its device.
  void keep_connected(EventLoop::Clock::duration patience);
  unsigned connection() const override { return connection_; }

  std::string exchange(MessageType type, uint32_t transaction, std::string_view body) override;
  // Over a socket many requests may be on their way; the kernel's device takes one after the other.
  void post(MessageType type, uint32_t transaction, std::string_view body, int harmless) override;
  std::vector<std::optional<std::string>> find_all(const std::vector<std::string>& paths) override;
  // Called from the loop when xenstored went away (ECONNRESET), and did not come back in time if it was given time; without it the
  // error leaves the loop's run().
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

  // Gives what body() gives. If the connection is lost: waits for another and calls it again, or, if it cannot be repeated, fails.
  template <typename F>
  auto with_connection(bool repeatable, F&& body);
  void lose();
  void wait_for_connection();
  // Whether there is a connection now, with all watches.
  bool connect_again();
  void connect_later();
  std::vector<std::optional<std::string>> read_all(const std::vector<std::string>& paths);
  std::string ask_once(MessageType type, uint32_t transaction, std::string_view body);

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

  std::string path_;  // empty: opened by somebody else
  UniqueFd fd_;       // none: lost
  MessageReader reader_;
  bool is_socket_;
  std::string unsent_;
  std::vector<Posted> posted_;
  uint32_t last_request_ = 0;
  EventLoop* loop_ = nullptr;
  EventSource source_, retry_;
  EventLoop::Clock::duration patience_{};  // 0: what is lost stays lost
  EventLoop::Clock::time_point lost_at_;
  unsigned connection_ = 0;
  std::function<void()> lost_;
};

}  // namespace xenolith::tools
