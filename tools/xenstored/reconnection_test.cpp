// SPDX-License-Identifier: MIT
// A client whose xenstored is killed and started again.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "tools/base/daemon_files.hpp"
#include "tools/xenstore/socket_store.hpp"
#include "tools/xenstored/daemon.hpp"
#include "tools/xenstored/test_guest.hpp"

namespace xenolith::tools::xenstored {
namespace {

using namespace std::chrono_literals;

class ReconnectionTest : public ::testing::Test {
 protected:
  ReconnectionTest() {
    ::signal(SIGPIPE, SIG_IGN);
    start();
    store = connect();
    store->keep_connected(20s);
  }
  ~ReconnectionTest() override {
    kill();
    ::unlink(path.c_str());
  }
  // A new daemon, whose tree is empty.
  void start() {
    ::unlink(path.c_str());
    UniqueFd listener = listen_at(path, 0600);
    daemon = ::fork();
    ASSERT_GE(daemon, 0);
    if (daemon > 0) return;
    EventLoop loop;
    FakeRingGate gate;
    Daemon served(loop, gate);
    served.begin("", "", [](int) { return UniqueFd(); });
    served.listen(std::move(listener), false);
    loop.run();
    ::_exit(0);
  }
  void kill() {
    ::kill(daemon, SIGKILL);
    ::waitpid(daemon, nullptr, 0);
  }
  void restart() {
    kill();
    start();
  }
  std::unique_ptr<SocketStore> connect() { return SocketStore::open(path); }

  std::string path = std::filesystem::temp_directory_path() / ("xenstored-again-" + std::to_string(::getpid()));
  pid_t daemon = -1;
  std::unique_ptr<SocketStore> store;
};

TEST_F(ReconnectionTest, RequestsAreMadeAgain) {
  store->write("/a", "1");
  restart();
  store->write("/b", "2");
  EXPECT_EQ(store->find_all({"/a", "/b"}), (std::vector<std::optional<std::string>>{std::nullopt, "2"}));
  restart();
  EXPECT_EQ(store->find_all({"/a", "/b"}), (std::vector<std::optional<std::string>>{std::nullopt, std::nullopt}));
}

TEST_F(ReconnectionTest, TransactionBeginsAgain) {
  int times = 0;
  store->transact([&](StoreTransaction &transaction) {
    transaction.write("/a", "1");
    if (++times == 1) restart();
    EXPECT_EQ(transaction.read("/a"), "1");
  });
  EXPECT_EQ(times, 2);
  EXPECT_EQ(store->read("/a"), "1");
}

TEST_F(ReconnectionTest, LossDuringTheCommitIsAnError) {
  try {
    store->transact([&](StoreTransaction &transaction) {
      transaction.write("/a", "1");
      restart();
    });
    FAIL();
  } catch (const Error &error) {
    EXPECT_EQ(error.code(), ECONNRESET);
  }
  EXPECT_FALSE(store->exists("/a"));
}

TEST_F(ReconnectionTest, WatchesAreRegisteredAgainWhileTheLoopWaits) {
  EventLoop loop;
  std::vector<std::string> told;
  StoreWatch watch = store->watch(loop, "/a", [&](const std::string& changed) { told.push_back(changed); });
  auto wait_for = [&](size_t count) {
    for (int rounds = 0; told.size() < count && rounds < 1000; ++rounds) loop.run_once(20ms);
    return told.size();
  };
  EXPECT_EQ(wait_for(1), 1u);
  kill();
  EXPECT_FALSE(loop.run_once(1s) && told.size() > 1);
  start();
  EXPECT_EQ(wait_for(2), 2u);
  connect()->write("/a/b", "1");
  EXPECT_GE(wait_for(3), 3u);
  EXPECT_EQ(told.back(), "/a/b");
  store.reset();  // before the loop
}

// It is among the watches that are registered for the new connection, and then made again.
TEST_F(ReconnectionTest, WatchMayBeTheFirstRequestAfterTheLoss) {
  EventLoop loop;
  restart();
  int told = 0;
  StoreWatch watch = store->watch(loop, "/a", [&](const std::string&) { ++told; });
  for (int rounds = 0; told == 0 && rounds < 1000; ++rounds) loop.run_once(20ms);
  EXPECT_GE(told, 1);
  store.reset();
}

TEST_F(ReconnectionTest, PatienceEnds) {
  store->keep_connected(1ms);
  kill();
  EXPECT_THROW(store->read("/"), Error);
  EventLoop loop;
  EXPECT_THROW(StoreWatch(store->watch(loop, "/a", [](const std::string&) {})), Error);
  start();
  EXPECT_TRUE(store->exists("/"));
  store.reset();
}

TEST_F(ReconnectionTest, WithoutPatienceWhatIsLostStaysLost) {
  auto impatient = connect();
  restart();
  EXPECT_THROW(impatient->read("/"), Error);
  EXPECT_THROW(impatient->read("/"), Error);
}

}  // namespace
}  // namespace xenolith::tools::xenstored
