// SPDX-License-Identifier: MIT
// A client of a Store in unit tests: requests and answers as text, ' ' for '\0'.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

class NoHost : public StoreHost {
 public:
  void connect_domain(DomainId, Gfn, Port, Connection&) override {}
  void disconnect_domain(DomainId) noexcept override {}
  std::optional<std::string> control(const std::vector<std::string_view>&) override { return std::nullopt; }
};

inline std::string with_ends(std::string text) {
  for (char& c : text)
    if (c == ' ') c = '\0';
  return text;
}

inline std::string with_spaces(std::string text) {
  for (char& c : text)
    if (c == '\0') c = ' ';
  return text;
}

class TestClient {
 public:
  TestClient(Store& store, uint16_t domain) : store(store), connection(store.connect(Caller::of(DomainId(domain)))) {}
  TestClient(Store& store, Connection& connection) : store(store), connection(connection) {}

  // The answer's body, or the error's name. Events wait in `events`.
  std::string ask(MessageType type, const std::string& body, uint32_t transaction = 0) {
    store.handle(connection, {type, 1, transaction, with_ends(body)});
    return take();
  }
  std::string read(const std::string& path, uint32_t transaction = 0) {
    return ask(MessageType::read, path + " ", transaction);
  }
  std::string write(const std::string& path, const std::string& value, uint32_t transaction = 0) {
    return ask(MessageType::write, path + " " + value, transaction);
  }
  uint32_t begin() { return static_cast<uint32_t>(std::stoul(ask(MessageType::transaction_start, " "))); }
  std::string end(uint32_t transaction, bool commit = true) {
    return ask(MessageType::transaction_end, commit ? "T " : "F ", transaction);
  }
  std::string watch(const std::string& path, const std::string& token) {
    return ask(MessageType::watch, path + " " + token + " ");
  }

  // Takes all that waits; returns the last answer.
  std::string take() {
    std::string answer;
    MessageReader reader;
    while (!connection.pending().empty()) {
      std::string_view bytes = connection.pending().substr(0, reader.wanted());
      reader.add(bytes);
      connection.sent(bytes.size());
      auto message = reader.next();
      if (!message) continue;
      (message->type == MessageType::watch_event ? events.emplace_back() : answer) = with_spaces(message->body);
    }
    return answer;
  }
  std::vector<std::string> take_events() {
    take();
    return std::exchange(events, {});
  }

  Store& store;
  Connection& connection;
  std::vector<std::string> events;
};

using Events = std::vector<std::string>;

}  // namespace xenolith::tools::xenstored
