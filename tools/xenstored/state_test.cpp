// SPDX-License-Identifier: MIT
#include "tools/xenstored/state.hpp"

#include "tools/base/error.hpp"
#include "tools/xenstored/test_client.hpp"

namespace xenolith::tools::xenstored {
namespace {

std::string dump(const Store& store) {
  std::string text;
  for_each_node(store.tree().root(), "/", [&](const std::string& path, const Node& node) {
    text += path + "=" + node.value;
    for (const Permission& permission : node.permissions) text += " " + permission.text();
    text += "\n";
  });
  return text;
}

class StateTest : public ::testing::Test {
 protected:
  StateTest() {
    dom0.write("/a/b", "1");
    dom0.ask(MessageType::set_perms, "/a/b n0 r7 ");
    dom0.write("/local/domain/7", "");
    dom0.ask(MessageType::set_perms, "/local/domain/7 n7 ");
    dom0.ask(MessageType::introduce, "7 100 3 ");
    TestClient seven(old, *old.domains().at(DomainId(7)).connection);
    seven.watch("data", "t");
    seven.take_events();
    clean = seven.begin();
    seven.write("data/x", "in transaction", clean);
    torn = seven.begin();
    seven.read("data/y", torn);
    seven.write("data/y", "outside");
    seven.connection.input.add(std::string("half a message"));
    seven.take_events();
    dom0.write("/local/domain/7/data/z", "an event waits");
  }

  NoHost host;
  Store old{host};
  TestClient dom0{old, 0};
  uint32_t clean = 0, torn = 0;
};

TEST_F(StateTest, EverythingComesBack) {
  std::string bytes = save_state(old, {{&dom0.connection, 9}});
  Store fresh(host);
  auto sockets = load_state(fresh, bytes);
  EXPECT_EQ(dump(fresh), dump(old));
  TestClient socket(fresh, *sockets.at(9));
  EXPECT_TRUE(socket.ask(MessageType::control, "check ").starts_with("OK: "));
  TestClient seven(fresh, *fresh.domains().at(DomainId(7)).connection);
  EXPECT_EQ(seven.connection.input.partial(), "half a message");
  EXPECT_EQ(seven.take_events(), (Events{"data/z t "}));
  EXPECT_EQ(seven.read("data/x", clean), "in transaction");
  EXPECT_EQ(seven.end(clean), "OK ");
  EXPECT_EQ(seven.take_events(), (Events{"data/x t "}));
  EXPECT_EQ(seven.end(torn), "EAGAIN ");
  EXPECT_EQ(seven.read("data/x"), "in transaction");
}

TEST_F(StateTest, NewChangesAreLaterThanOldOnes) {
  std::string bytes = save_state(old, {});
  Store fresh(host);
  load_state(fresh, bytes);
  TestClient client(fresh, 0), other(fresh, 0);
  uint32_t t = client.begin();
  client.read("/a/b", t);
  other.write("/a/b", "2");
  EXPECT_EQ(client.end(t), "EAGAIN ");
}

TEST_F(StateTest, DomainsThatCannotBeReachedAreReleased) {
  class GoneHost : public NoHost {
    void connect_domain(DomainId, Gfn, Port, Connection&) override { fail(ESRCH, "gone"); }
  } gone;
  std::string bytes = save_state(old, {});
  Store fresh(gone);
  load_state(fresh, bytes);
  EXPECT_TRUE(fresh.domains().empty());
  EXPECT_FALSE(fresh.tree().find("/local/domain/7"));
}

TEST_F(StateTest, DamagedBytesAreRefused) {
  std::string bytes = save_state(old, {});
  for (size_t length = 0; length < bytes.size(); length += 3) {
    Store fresh(host);
    EXPECT_THROW(load_state(fresh, std::string_view(bytes).substr(0, length)), Error) << length;
  }
  for (size_t at = 0; at < bytes.size(); at += 7) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x81);
    Store fresh(host);
    try {
      load_state(fresh, damaged);
    } catch (const Error&) {
    }
  }
}

}  // namespace
}  // namespace xenolith::tools::xenstored
