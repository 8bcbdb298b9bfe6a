// SPDX-License-Identifier: MIT
#include "tools/xenstored/daemon.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tools/base/daemon_files.hpp"
#include "tools/xenstore/socket_store.hpp"
#include "tools/xenstored/test_client.hpp"
#include "tools/xenstored/test_guest.hpp"

namespace xenolith::tools::xenstored {
namespace {

using namespace std::chrono_literals;

class DaemonTest : public ::testing::Test {
 protected:
  DaemonTest() {
    gate.add(seven);
    daemon = std::make_unique<Daemon>(loop, gate);
    daemon->begin("", "", no_clients);
    introduce(seven);
  }
  void introduce(DomainId id) {
    TestClient dom0(daemon->store(), 0);
    std::string home = "/local/domain/" + std::to_string(id.value());
    dom0.write(home, "");
    dom0.ask(MessageType::set_perms, home + " n" + std::to_string(id.value()) + " ");
    daemon->store().introduce(id, Gfn(1), Port(1));
    daemon->store().disconnect(dom0.connection);
    run();
  }
  void run() {
    while (loop.run_once(0s)) {}
  }
  static UniqueFd no_clients(int) { return {}; }

  const DomainId seven{7};
  EventLoop loop;
  FakeRingGate gate;
  std::unique_ptr<Daemon> daemon;
};

TEST_F(DaemonTest, ServesARing) {
  TestGuest guest(gate, seven);
  EXPECT_EQ(guest.page->server_features & XENSTORE_SERVER_FEATURE_RECONNECTION, 1u);
  guest.send({MessageType::write, 5, 0, with_ends("x value")});
  run();
  EXPECT_EQ(guest.receive(), (Message{MessageType::write, 5, 0, with_ends("OK ")}));
  EXPECT_EQ(daemon->store().tree().find("/local/domain/7/x")->value, "value");
}

TEST_F(DaemonTest, LongMessagesPassBothWays) {
  TestGuest guest(gate, seven);
  std::string value(2000, 'v');
  guest.send({MessageType::write, 1, 0, with_ends("x " + value)});
  for (int i = 0; i < 10; ++i) run(), guest.push();
  ASSERT_TRUE(guest.receive());
  guest.send({MessageType::read, 2, 0, with_ends("x ")});
  std::optional<Message> answer;
  for (int i = 0; i < 10 && !answer; ++i) run(), answer = guest.receive(), gate.send(seven);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, value);
}

TEST_F(DaemonTest, BadIndicesEndTheServiceUntilReconnection) {
  TestGuest guest(gate, seven);
  guest.send({MessageType::watch, 1, 0, with_ends("a t ")});
  run();
  guest.page->req_prod = guest.page->req_cons + 5000;
  gate.send(seven);
  run();
  EXPECT_EQ(guest.page->error, uint32_t{XENSTORE_ERROR_RINGIDX});
  guest.page->connection = XENSTORE_RECONNECT;
  gate.send(seven);
  run();
  EXPECT_EQ(guest.page->connection, uint32_t{XENSTORE_CONNECTED});
  EXPECT_EQ(guest.page->error, uint32_t{XENSTORE_ERROR_NONE});
  EXPECT_EQ(guest.page->req_prod, 0u);
  EXPECT_TRUE(daemon->store().domains().at(seven).connection->watches.empty());
  TestGuest again(gate, seven);
  again.send({MessageType::write, 1, 0, with_ends("x 1")});
  run();
  EXPECT_TRUE(again.receive());
}

TEST_F(DaemonTest, TooLongAMessageEndsTheService) {
  TestGuest guest(gate, seven);
  guest.send({MessageType::read, 1, 0, std::string(5000, 'x')});
  run();
  EXPECT_EQ(guest.page->error, uint32_t{XENSTORE_ERROR_PROTO});
}

TEST_F(DaemonTest, FloodingDomainDelaysItselfOnly) {
  DomainId eight{8};
  gate.add(eight);
  introduce(eight);
  TestGuest flood(gate, seven), quiet(gate, eight);
  for (int i = 0; i < 500; ++i) flood.send({MessageType::read, 1, 0, with_ends("x ")});
  quiet.send({MessageType::write, 1, 0, with_ends("x 1")});
  for (int i = 0; i < 3; ++i) loop.run_once(0s), flood.push();
  EXPECT_TRUE(quiet.receive());
}

TEST_F(DaemonTest, DomainThatTakesNothingIsNotServedAndHarmsNobody) {
  TestGuest guest(gate, seven);
  for (int i = 0; i < 2000; ++i) {
    guest.send({MessageType::read, 1, 0, with_ends("x ")});
    run();
  }
  Connection& connection = *daemon->store().domains().at(seven).connection;
  EXPECT_LE(connection.pending_bytes(), 20u * 64);
  int answers = 0;
  for (int i = 0; i < 20000 && answers < 2000; ++i) {
    while (guest.receive()) ++answers;
    run();
    guest.push();
    run();
  }
  EXPECT_EQ(answers, 2000);
}

TEST_F(DaemonTest, DeathOfADomainIsTold) {
  TestClient dom0(daemon->store(), 0);
  dom0.watch("@releaseDomain", "out");
  dom0.take_events();
  gate.domains.erase(seven);
  gate.virq();
  EXPECT_EQ(dom0.take_events(), (Events{"@releaseDomain out "}));
  EXPECT_TRUE(daemon->store().domains().empty());
}

TEST_F(DaemonTest, SuccessorGoesOn) {
  TestGuest guest(gate, seven);
  guest.send({MessageType::watch, 1, 0, with_ends("data t ")});
  run();
  while (guest.receive()) {}
  std::string state = daemon->state(false);
  daemon.reset();
  guest.send({MessageType::write, 2, 0, with_ends("data/x 1")});  // while nobody is there
  daemon = std::make_unique<Daemon>(loop, gate);
  daemon->begin(state, "", no_clients);
  run();
  EXPECT_EQ(guest.receive()->body, with_ends("OK "));
  EXPECT_EQ(guest.receive()->body, with_ends("data/x t "));
}

// The client's end of a socket, without waiting.
class RawClient {
 public:
  explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  void send(std::string_view bytes) { EXPECT_EQ(::write(fd_.get(), bytes.data(), bytes.size()), ssize_t(bytes.size())); }
  std::optional<Message> receive() {
    char buffer[message_header_size + message_body_max];
    while (true) {
      if (auto message = reader_.next()) return message;
      ssize_t got = ::read(fd_.get(), buffer, reader_.wanted());
      if (got <= 0) return std::nullopt;
      reader_.add({buffer, static_cast<size_t>(got)});
    }
  }

 private:
  UniqueFd fd_;
  MessageReader reader_;
};

TEST_F(DaemonTest, ClientsOverSocketsAreHandedOn) {
  std::string path = std::filesystem::temp_directory_path() / ("xenstored-handover-" + std::to_string(::getpid()));
  daemon->listen(listen_at(path, 0600), false);
  RawClient client(path);
  client.send(encode({MessageType::watch, 1, 0, with_ends("/a t ")}));
  client.send(encode({MessageType::transaction_start, 2, 0, with_ends(" ")}));
  run();
  EXPECT_EQ(client.receive()->body, with_ends("OK "));
  EXPECT_EQ(client.receive()->body, with_ends("/a t "));
  EXPECT_EQ(client.receive()->body, with_ends("1 "));
  std::string write = encode({MessageType::write, 3, 1, with_ends("/a 1")});
  client.send(write.substr(0, 10));
  run();
  std::string state = daemon->state(true);
  ASSERT_EQ(daemon->clients().size(), 1u);
  int number = daemon->clients()[0];
  int kept = ::dup(number);
  daemon.reset();
  daemon = std::make_unique<Daemon>(loop, gate);
  daemon->begin(state, "", [&](int wanted) { return UniqueFd(wanted == number ? kept : -1); });
  client.send(write.substr(10) + encode({MessageType::transaction_end, 4, 1, with_ends("T ")}));
  run();
  EXPECT_EQ(client.receive()->request, 3u);
  EXPECT_EQ(client.receive()->body, with_ends("OK "));
  EXPECT_EQ(client.receive()->body, with_ends("/a t "));
  ::unlink(path.c_str());
}

TEST_F(DaemonTest, ServesSockets) {
  std::string path = std::filesystem::temp_directory_path() / ("xenstored-test-" + std::to_string(::getpid()));
  daemon->listen(listen_at(path, 0600), false);
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = SocketStore::open(path);
    store->write("/a", std::string(3000, 'x'));
    int status = 0;
    for (int i = 0; i < 300; ++i) store->write("/d/" + std::to_string(i) + std::string(30, 'n'), "");
    if (store->list("/d").size() != 300 || store->read("/a").size() != 3000) status = 1;
    _exit(status);
  }
  bool ended = false;
  int status = -1;
  for (int i = 0; i < 100000 && !ended; ++i) {
    loop.run_once(10ms);
    ended = ::waitpid(child, &status, WNOHANG) == child;
  }
  EXPECT_EQ(status, 0);
  run();
  EXPECT_TRUE(daemon->clients().empty());
  ::unlink(path.c_str());
}

}  // namespace
}  // namespace xenolith::tools::xenstored
