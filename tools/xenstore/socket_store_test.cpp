// SPDX-License-Identifier: MIT
#include "tools/xenstore/socket_store.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

// Answers at the other end of a socket: ENOENT for paths with "gone", EACCES for "closed"; a watch event before each tenth answer.
class Daemon {
 public:
  explicit Daemon(UniqueFd fd) : fd_(std::move(fd)), thread_([this] { serve(); }) {}
  ~Daemon() { thread_.join(); }

  std::vector<std::string> requests;  // look at it after the store is gone

 private:
  void serve() {
    MessageReader reader;
    char buffer[message_body_max];
    while (true) {
      ssize_t got = ::read(fd_.get(), buffer, std::min(reader.wanted(), sizeof buffer));
      if (got <= 0) return;
      reader.add({buffer, static_cast<size_t>(got)});
      if (auto message = reader.next()) answer(*message);
    }
  }
  void answer(const Message& message) {
    std::string subject = message.body.substr(0, message.body.find('\0'));
    requests.push_back(subject);
    if (requests.size() % 10 == 0) send({MessageType::watch_event, 0, 0, std::string("/x\0token\0", 9)});
    Message result{message.type, message.request, message.transaction, std::string("OK\0", 3)};
    if (message.type == MessageType::transaction_start) result.body = std::string("7\0", 2);
    bool gone = subject.find("gone") != std::string::npos, closed = subject.find("closed") != std::string::npos;
    if (gone || closed) {
      result.type = MessageType::error;
      result.body = gone ? std::string("ENOENT\0", 7) : std::string("EACCES\0", 7);
    }
    send(result);
  }
  void send(const Message& message) {
    std::string bytes = encode(message);
    if (::write(fd_.get(), bytes.data(), bytes.size()) < 0) requests.push_back("unanswered");
  }

  UniqueFd fd_;
  std::thread thread_;
};

class SocketStoreTest : public testing::Test {
 protected:
  SocketStoreTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    store = std::make_unique<SocketStore>(UniqueFd(ends[0]));
    daemon = std::make_unique<Daemon>(UniqueFd(ends[1]));
  }
  ~SocketStoreTest() override { store.reset(); }

  std::unique_ptr<Daemon> daemon;
  std::unique_ptr<SocketStore> store;
};

TEST_F(SocketStoreTest, ManyRequestsOfATransactionGoInOrder) {
  store->transact([](StoreTransaction& transaction) {
    for (int i = 0; i < 100; ++i) transaction.write("/n/" + std::to_string(i), "");
    transaction.remove("/n/gone");
  });
  store.reset();
  ASSERT_EQ(daemon->requests.size(), 103u);
  EXPECT_EQ(daemon->requests[1], "/n/0");
  EXPECT_EQ(daemon->requests[100], "/n/99");
  EXPECT_EQ(daemon->requests[102], "T");
}

TEST_F(SocketStoreTest, AFailureEndsTheTransactionWithoutCommit) {
  try {
    store->transact([](StoreTransaction& transaction) {
      transaction.write("/closed", "");
      transaction.write("/open", "");
    });
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), EACCES);
    EXPECT_NE(std::string(error.what()).find("/closed"), std::string::npos);
  }
  store->write("/later", "");
  EXPECT_THROW(store->write("/closed", ""), Error);
  store.reset();
  EXPECT_EQ(daemon->requests, (std::vector<std::string>{"", "/closed", "/open", "F", "/later", "/closed"}));
}

TEST_F(SocketStoreTest, ManyReadingsGoTogether) {
  std::vector<std::string> paths;
  for (int i = 0; i < 150; ++i) paths.push_back(i % 50 == 7 ? "/gone" : "/n/" + std::to_string(i));
  auto values = store->find_all(paths);
  ASSERT_EQ(values.size(), 150u);
  EXPECT_EQ(values[7], std::nullopt);
  EXPECT_TRUE(values[149].has_value());
  EXPECT_TRUE(store->find_all({}).empty());
  store.reset();
  EXPECT_EQ(daemon->requests, paths);
}

TEST_F(SocketStoreTest, AFailureAmongManyReadingsLeavesNoAnswersBehind) {
  std::vector<std::string> paths(60, "/n");
  paths[3] = "/closed";
  EXPECT_THROW(store->find_all(paths), Error);
  EXPECT_EQ(store->find("/gone"), std::nullopt);
  EXPECT_TRUE(store->find("/n").has_value());
}

TEST_F(SocketStoreTest, ReadingSeesTheFailureOfWhatWentBefore) {
  StoreTransaction transaction(*store);
  transaction.write("/closed", "");
  EXPECT_THROW(transaction.read("/a"), Error);
  EXPECT_EQ(transaction.find("/gone"), std::nullopt);
}

}  // namespace
}  // namespace xenolith::tools
