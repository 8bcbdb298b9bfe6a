// SPDX-License-Identifier: MIT
// One client, without its transport: what it has sent, what it is owed, its watches and transactions.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "tools/xenstore/wire.hpp"
#include "tools/xenstored/transaction.hpp"

namespace xenolith::tools::xenstored {

class Connection;

struct Watch {
  Connection* connection;
  std::string path;       // absolute, or special
  size_t shown_from = 0;  // length of what events leave out of the path, if the client gave a relative one
  std::string token;
};

// A request whose answer and events have not all been taken; counts in its domain's number of them while it lives.
class Outstanding {
 public:
  explicit Outstanding(std::shared_ptr<size_t> count) : count_(std::move(count)) { ++*count_; }
  ~Outstanding() { --*count_; }
  Outstanding(const Outstanding&) = delete;
  Outstanding& operator=(const Outstanding&) = delete;

 private:
  std::shared_ptr<size_t> count_;
};
using Cause = std::shared_ptr<Outstanding>;

class Connection {
 public:
  using Clock = std::chrono::steady_clock;

  // outstanding: number of requests under way of the caller's domain, shared by its connections.
  Connection(Caller caller, std::shared_ptr<size_t> outstanding)
      : caller(caller), outstanding_(std::move(outstanding)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Caller caller;
  MessageReader input;
  std::vector<std::unique_ptr<Watch>> watches;
  std::map<uint32_t, Transaction> transactions;
  uint32_t last_transaction = 0;

  // A domain that does not take its answers is not served; its requests wait.
  bool may_ask(const Limits& limits) const;
  Cause begin_request() { return std::make_shared<Outstanding>(outstanding_); }

  void answer(Message message, Cause cause);
  // Dropped if the same event is still waiting, or if more than `memory_limit` bytes wait.
  void event(std::string_view path, const std::string& token, Cause cause, size_t memory_limit);

  // Called when there is something to be sent again.
  std::function<void()> on_output;
  // The bytes to be sent next; empty if there are none.
  std::string_view pending() const;
  void sent(size_t bytes);
  size_t pending_bytes() const { return pending_bytes_; }
  // All that waits to be sent, for the state that outlives the daemon; its first byte is the next to be sent.
  std::string all_pending() const;
  void restore_pending(std::string bytes);

  // Requests no longer count whose events have waited here since before `time`.
  void excuse_older_than(Clock::time_point time);
  // Forgets input and output; the store takes care of watches and transactions.
  void forget_traffic();

 private:
  struct Item {
    std::string bytes;
    Cause cause;
    Clock::time_point since;
    bool event;
  };
  void queue(Item item);

  std::shared_ptr<size_t> outstanding_;
  std::deque<Item> output_;
  size_t sent_of_first_ = 0;
  size_t pending_bytes_ = 0;
  std::unordered_set<std::string> waiting_events_;
};

}  // namespace xenolith::tools::xenstored
