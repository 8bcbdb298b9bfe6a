// SPDX-License-Identifier: MIT
#include "tools/xenstored/store.hpp"

#include "tools/xenstored/test_client.hpp"

namespace xenolith::tools::xenstored {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  ~StoreTest() override { EXPECT_TRUE(dom0.ask(MessageType::control, "check ").starts_with("OK: ")); }

  void give_home(int domain) {
    std::string home = "/local/domain/" + std::to_string(domain);
    dom0.write(home, "");
    dom0.ask(MessageType::set_perms, home + " n" + std::to_string(domain) + " ");
  }

  NoHost host;
  Store store{host};
  TestClient dom0{store, 0};
  TestClient guest{store, 5};
  TestClient other{store, 6};
};

TEST_F(StoreTest, AnswersOfTheProtocol) {
  EXPECT_EQ(dom0.write("/a/b", "x"), "OK ");
  EXPECT_EQ(dom0.ask(MessageType::directory, "/a "), "b ");
  EXPECT_EQ(dom0.ask(MessageType::mkdir, "/a "), "OK ");
  EXPECT_EQ(dom0.ask(MessageType::get_perms, "/a/b "), "n0 ");
  EXPECT_EQ(dom0.ask(MessageType::get_domain_path, "7 "), "/local/domain/7 ");
  EXPECT_EQ(dom0.ask(MessageType::is_domain_introduced, "7 "), "F ");
  EXPECT_EQ(dom0.ask(MessageType::rm, "/a/c "), "OK ");
  EXPECT_EQ(dom0.ask(MessageType::rm, "/x/c "), "ENOENT ");
  EXPECT_EQ(dom0.ask(MessageType::rm, "/ "), "EINVAL ");
  EXPECT_EQ(dom0.ask(static_cast<MessageType>(20), ""), "ENOSYS ");
  EXPECT_EQ(dom0.ask(MessageType::read, "/a"), "EINVAL ");
  EXPECT_EQ(dom0.read("/a//b"), "EINVAL ");
  EXPECT_EQ(dom0.read("/a/b", 77), "ENOENT ");
  EXPECT_EQ(dom0.write("/" + std::string(3080, 'x'), ""), "EINVAL ");
}

TEST_F(StoreTest, DirectoryInParts) {
  for (int i = 0; i < 600; ++i) dom0.write("/big/name-" + std::to_string(i), "");
  EXPECT_EQ(dom0.ask(MessageType::directory, "/big "), "E2BIG ");
  EXPECT_EQ(dom0.ask(MessageType::directory_part, "/big 999999 "), "EINVAL ");
  EXPECT_TRUE(dom0.ask(MessageType::directory_part, "/tool 0 ").ends_with(" xenstored  "));
}

TEST_F(StoreTest, PermissionsDecide) {
  dom0.write("/shared", "1");
  dom0.ask(MessageType::set_perms, "/shared r0 b5 n6 ");
  EXPECT_EQ(guest.write("/shared", "2"), "OK ");
  EXPECT_EQ(other.read("/shared"), "EACCES ");
  TestClient stranger(store, 9);
  EXPECT_EQ(stranger.read("/shared"), "2");
  EXPECT_EQ(stranger.write("/shared", "3"), "EACCES ");
  EXPECT_EQ(guest.ask(MessageType::set_perms, "/shared n5 "), "EACCES ");
  EXPECT_EQ(guest.read("/local/domain/0/x"), "EACCES ");  // what is hidden is not missing
}

TEST_F(StoreTest, GuestOwnsWhatItMakes) {
  give_home(5);
  EXPECT_EQ(guest.write("data/x", "1"), "OK ");
  EXPECT_EQ(guest.ask(MessageType::get_perms, "data/x "), "n5 ");
  EXPECT_EQ(guest.ask(MessageType::set_perms, "data/x n6 "), "EPERM ");
  EXPECT_EQ(guest.ask(MessageType::set_perms, "data/x n5 r6 "), "OK ");
  EXPECT_EQ(other.read("/local/domain/5/data/x"), "1");
  EXPECT_EQ(guest.read("data/y"), "ENOENT ");
}

TEST_F(StoreTest, ReadOnlyConnectionChangesNothing) {
  Caller caller = Caller::of(DomainId(0));
  caller.read_only = true;
  TestClient reader(store, store.connect(caller));
  EXPECT_EQ(reader.write("/a", "1"), "EROFS ");
  EXPECT_EQ(reader.ask(MessageType::release, "5 "), "EROFS ");
  EXPECT_EQ(reader.ask(MessageType::directory, "/ "), "tool ");
}

TEST_F(StoreTest, WatchesTellPathsAsTheyWereAsked) {
  give_home(5);
  EXPECT_EQ(guest.watch("device", "t1"), "OK ");
  EXPECT_EQ(guest.take_events(), (Events{"device t1 "}));
  EXPECT_EQ(guest.watch("device", "t1"), "EEXIST ");
  dom0.write("/local/domain/5/device/vbd", "x");
  EXPECT_EQ(guest.take_events(), (Events{"device/vbd t1 "}));
  EXPECT_EQ(guest.ask(MessageType::unwatch, "device t1 "), "OK ");
  EXPECT_EQ(guest.ask(MessageType::unwatch, "device t1 "), "ENOENT ");
  dom0.write("/local/domain/5/device/vbd", "y");
  EXPECT_TRUE(guest.take_events().empty());
}

TEST_F(StoreTest, RemovalTellsWatchesBelow) {
  dom0.write("/a/b/c", "");
  dom0.watch("/a/b/c", "deep");
  dom0.watch("/a/b/none", "none");
  dom0.watch("/", "root");
  dom0.take_events();
  dom0.ask(MessageType::rm, "/a ");
  EXPECT_EQ(dom0.take_events(), (Events{"/a root ", "/a/b/c deep "}));
}

TEST_F(StoreTest, WatchesDoNotTellWhatIsHidden) {
  dom0.write("/secret/x", "");
  guest.watch("/secret", "t");
  EXPECT_EQ(guest.take_events(), (Events{"/secret t "}));  // the first event says nothing
  dom0.write("/secret/x", "1");
  EXPECT_TRUE(guest.take_events().empty());
  dom0.ask(MessageType::set_perms, "/secret/x n0 r5 ");
  EXPECT_EQ(guest.take_events(), (Events{"/secret/x t "}));
  dom0.ask(MessageType::rm, "/secret/x ");
  EXPECT_EQ(guest.take_events(), (Events{"/secret/x t "}));
}

TEST_F(StoreTest, SameEventWaitsOnce) {
  dom0.watch("/a", "t");
  dom0.take_events();
  TestClient writer(store, 0);
  for (int i = 0; i < 100; ++i) writer.write("/a", std::to_string(i));
  EXPECT_EQ(dom0.take_events(), (Events{"/a t "}));
}

TEST_F(StoreTest, LimitsOfGuests) {
  give_home(5);
  store.limits.nodes = 10;
  int made = 0;
  while (guest.write("n" + std::to_string(made), "") == "OK ") ++made;
  EXPECT_EQ(made, 9);  // and its home
  EXPECT_EQ(guest.write("n-more", ""), "ENOSPC ");
  guest.ask(MessageType::rm, "n0 ");
  EXPECT_EQ(guest.write("n-more", ""), "OK ");
  EXPECT_EQ(guest.write("n1", std::string(store.limits.entry_size + 1, 'x')), "ENOSPC ");
  EXPECT_EQ(guest.ask(MessageType::set_perms, "n1 n5 r1 r2 r3 r4 r6 "), "ENOSPC ");
  for (size_t i = 0; i < store.limits.watches; ++i) EXPECT_EQ(guest.watch("w", std::to_string(i)), "OK ");
  EXPECT_EQ(guest.watch("w", "more"), "E2BIG ");
  for (size_t i = 0; i < store.limits.transactions; ++i) guest.begin();
  EXPECT_EQ(guest.ask(MessageType::transaction_start, " "), "ENOSPC ");
  EXPECT_EQ(guest.ask(MessageType::reset_watches, ""), "OK ");
  EXPECT_NE(guest.begin(), 0u);
  EXPECT_EQ(guest.watch("w", "more"), "OK ");
}

TEST_F(StoreTest, LimitsHoldInTransactions) {
  give_home(5);
  store.limits.nodes = 3;
  store.limits.transaction_nodes = 4;
  uint32_t transaction = guest.begin();
  EXPECT_EQ(guest.write("a", "", transaction), "OK ");
  EXPECT_EQ(guest.write("b", "", transaction), "OK ");
  EXPECT_EQ(guest.write("c", "", transaction), "ENOSPC ");
  uint32_t second = guest.begin();
  EXPECT_EQ(guest.write("d", "", second), "OK ");
  EXPECT_EQ(guest.end(transaction), "OK ");
  EXPECT_EQ(guest.end(second), "ENOSPC ");  // each fitted alone
  uint32_t wide = guest.begin();
  for (const char* name : {"p", "q", "r", "s"}) guest.read(name, wide);
  EXPECT_EQ(guest.read("t", wide), "ENOSPC ");
}

TEST_F(StoreTest, OneWhoTakesNothingMayNotAsk) {
  give_home(5);
  size_t asked = 0;
  while (guest.connection.may_ask(store.limits) && asked < 1000) {
    store.handle(guest.connection, {MessageType::read, 1, 0, std::string("x\0", 2)});
    ++asked;
  }
  EXPECT_EQ(asked, store.limits.outstanding);
  guest.take();
  EXPECT_TRUE(guest.connection.may_ask(store.limits));
}

TEST_F(StoreTest, EventsThatNobodyTakesHoldUpTheirCauseForAWhile) {
  give_home(5);
  guest.ask(MessageType::set_perms, "/local/domain/5 n5 r6 ");
  other.watch("/local/domain/5", "t");
  other.take_events();
  for (int i = 0; guest.connection.may_ask(store.limits) && i < 1000; ++i) guest.write("n" + std::to_string(i), "");
  EXPECT_FALSE(guest.connection.may_ask(store.limits));
  store.excuse_older_than(Connection::Clock::now() + std::chrono::seconds(1));
  EXPECT_TRUE(guest.connection.may_ask(store.limits));
}

TEST_F(StoreTest, DomainsComeAndGo) {
  dom0.watch("@introduceDomain", "in");
  dom0.watch("@releaseDomain", "out");
  dom0.watch("@releaseDomain/7", "seven");
  dom0.watch("@releaseDomain/8", "eight");
  guest.watch("@releaseDomain", "hidden");
  guest.watch("@releaseDomain/7", "hidden");
  guest.take_events();
  dom0.take_events();
  give_home(7);
  EXPECT_EQ(dom0.ask(MessageType::introduce, "7 100 3 "), "OK ");
  EXPECT_EQ(dom0.take_events(), (Events{"@introduceDomain in "}));
  EXPECT_EQ(dom0.ask(MessageType::is_domain_introduced, "7 "), "T ");
  TestClient seven(store, *store.domains().at(DomainId(7)).connection);
  seven.write("data/x", "1");
  dom0.write("/shared", "");
  dom0.ask(MessageType::set_perms, "/shared n0 r7 ");
  store.domain_state(DomainId(7), true, true);
  EXPECT_EQ(dom0.take_events(), (Events{"@releaseDomain out ", "@releaseDomain/7 seven "}));
  store.domain_state(DomainId(7), true, true);
  EXPECT_TRUE(dom0.take_events().empty());
  store.domain_state(DomainId(7), false, true);
  EXPECT_EQ(dom0.take_events(), (Events{"@releaseDomain out ", "@releaseDomain/7 seven "}));
  EXPECT_EQ(dom0.read("/local/domain/7"), "ENOENT ");
  EXPECT_EQ(dom0.ask(MessageType::get_perms, "/shared "), "n0 ");
  EXPECT_EQ(dom0.ask(MessageType::release, "7 "), "ENOENT ");
  EXPECT_TRUE(guest.take_events().empty());
  EXPECT_EQ(dom0.watch("@releaseDomain/", "t"), "EINVAL ");
  EXPECT_EQ(dom0.watch("@releaseDomain/07", "t"), "EINVAL ");
  EXPECT_EQ(dom0.watch("@introduceDomain/7", "t"), "EINVAL ");
  EXPECT_EQ(dom0.ask(MessageType::set_perms, "@releaseDomain/7 n0 "), "EINVAL ");
  EXPECT_EQ(guest.ask(MessageType::introduce, "8 1 1 "), "EACCES ");
}

TEST_F(StoreTest, TargetLendsItsRights) {
  give_home(7);
  for (const char* body : {"7 100 3 ", "8 101 3 "}) dom0.ask(MessageType::introduce, body);
  TestClient model(store, *store.domains().at(DomainId(8)).connection);
  EXPECT_EQ(model.write("/local/domain/7/x", "1"), "EACCES ");
  EXPECT_EQ(dom0.ask(MessageType::set_target, "8 7 "), "OK ");
  EXPECT_EQ(model.write("/local/domain/7/x", "1"), "OK ");
}

TEST_F(StoreTest, ControlCommands) {
  EXPECT_EQ(guest.ask(MessageType::control, "check "), "EACCES ");
  EXPECT_EQ(dom0.ask(MessageType::control, "quota set nodes 5 "), "OK ");
  EXPECT_EQ(store.limits.nodes, 5u);
  EXPECT_EQ(dom0.ask(MessageType::control, "quota set nothing 5 "), "EINVAL ");
  EXPECT_EQ(dom0.ask(MessageType::control, "quota set nodes x "), "EINVAL ");
  EXPECT_EQ(dom0.ask(MessageType::control, "nonsense "), "EINVAL ");
  EXPECT_NE(dom0.ask(MessageType::control, "quota 5 ").find("nodes"), std::string::npos);
  EXPECT_NE(dom0.ask(MessageType::control, "memreport ").find("nodes"), std::string::npos);
  for (const char* path : {"/local/domain/3/name", "/local/domain/12/name", "/local/domain/4/x/name"}) dom0.write(path, "web");
  EXPECT_EQ(dom0.ask(MessageType::control, "find-domain web "), "12 3  ");
  EXPECT_EQ(dom0.ask(MessageType::control, "find-domain we "), " ");
  EXPECT_EQ(dom0.ask(MessageType::control, "find-domain "), "EINVAL ");
}

}  // namespace
}  // namespace xenolith::tools::xenstored
