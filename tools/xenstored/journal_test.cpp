// SPDX-License-Identifier: MIT
#include "tools/xenstored/journal.hpp"

#include <algorithm>
#include <random>

#include "tools/xenstored/state.hpp"
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
  for (const auto& [id, domain] : store.domains()) {
    text += fmt::format("domain {} {} {}", id, domain.gfn, domain.port);
    std::vector<std::string> watches;
    for (const auto& watch : domain.connection->watches) watches.push_back(watch->path + ":" + watch->token);
    std::sort(watches.begin(), watches.end());
    for (const std::string& watch : watches) text += " " + watch;
    text += "\n";
  }
  return text;
}

class JournalTest : public ::testing::Test {
 protected:
  JournalTest() {
    dom0.write("/local/domain/7", "");
    dom0.ask(MessageType::set_perms, "/local/domain/7 n7 ");
    dom0.ask(MessageType::introduce, "7 100 3 ");
    base = save_base(store);
    store.journal = [this](const std::string& record) { records += record; };
  }
  TestClient seven() { return {store, *store.domains().at(DomainId(7)).connection}; }
  void expect_same(const std::string& journal) {
    Store fresh(host);
    load_state(fresh, base, journal);
    EXPECT_EQ(dump(fresh), dump(store));
    TestClient client(fresh, 0);
    EXPECT_TRUE(client.ask(MessageType::control, "check ").starts_with("OK: "));
  }

  NoHost host;
  Store store{host};
  TestClient dom0{store, 0};
  std::string base, records;
};

TEST_F(JournalTest, ChangesOfAllKindsComeBack) {
  seven().write("a/b/c", "1");
  seven().watch("a", "t1");
  seven().watch("a", "t2");
  seven().ask(MessageType::unwatch, "a t1 ");
  seven().ask(MessageType::set_perms, "a/b n7 r0 ");
  dom0.ask(MessageType::set_perms, "@releaseDomain n0 r7 ");
  uint32_t t = seven().begin();
  seven().write("x/y", "2", t);
  seven().ask(MessageType::rm, "a/b/c ", t);
  seven().end(t);
  dom0.ask(MessageType::introduce, "8 101 4 ");
  dom0.ask(MessageType::introduce, "9 102 5 ");
  dom0.ask(MessageType::release, "9 ");
  expect_same(records);
  expect_same(records + records);  // read twice
  dom0.ask(MessageType::release, "7 ");
  expect_same(records);
}

TEST_F(JournalTest, WatchesAreToldOnceAndTransactionsAreLost) {
  seven().watch("a", "t");
  uint32_t t = seven().begin();
  Store fresh(host);
  load_state(fresh, base, records);
  TestClient again(fresh, *fresh.domains().at(DomainId(7)).connection);
  EXPECT_EQ(again.take_events(), (Events{"a t "}));
  EXPECT_EQ(again.end(t), "EAGAIN ");
  EXPECT_NE(again.begin(), t);
}

TEST_F(JournalTest, RandomChangesComeBackFromAnyCutThatIsWhole) {
  std::mt19937 random(3);
  auto path = [&] { return "n" + std::to_string(random() % 3) + "/" + std::to_string(random() % 3); };
  for (int i = 0; i < 500; ++i) {
    switch (random() % 4) {
      case 0: seven().ask(MessageType::rm, path().substr(0, 2 + random() % 3) + " "); break;
      case 1: seven().watch(path(), std::to_string(random() % 3)); break;
      case 2: seven().ask(MessageType::mkdir, path() + "/deep/er "); break;
      default: seven().write(path(), std::to_string(i)); break;
    }
    if (i % 50 == 0) expect_same(records);
  }
  expect_same(records + std::string("\x09\0\0\0\0\0\0\0cut", 11));
}

}  // namespace
}  // namespace xenolith::tools::xenstored
