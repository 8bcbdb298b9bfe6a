// SPDX-License-Identifier: MIT
#include "tools/xenstored/transaction.hpp"

#include <random>

#include "tools/xenstored/test_client.hpp"

namespace xenolith::tools::xenstored {
namespace {

class TransactionTest : public ::testing::Test {
 protected:
  NoHost host;
  Store store{host};
  TestClient a{store, 0}, b{store, 0};
};

TEST_F(TransactionTest, SeesTheTreeAsItBegan) {
  a.write("/x", "1");
  uint32_t t = a.begin();
  b.write("/x", "2");
  EXPECT_EQ(a.read("/x", t), "1");
  EXPECT_EQ(a.end(t), "EAGAIN ");
  EXPECT_EQ(a.end(t), "ENOENT ");
}

TEST_F(TransactionTest, WhatWasNotSeenMayChange) {
  uint32_t t = a.begin();
  a.write("/dir/mine", "1", t);
  b.write("/dir/theirs", "2");
  b.write("/elsewhere", "3");
  EXPECT_EQ(a.end(t), "OK ");
  EXPECT_EQ(a.read("/dir/mine"), "1");
  EXPECT_EQ(a.read("/dir/theirs"), "2");
}

TEST_F(TransactionTest, ListOfADirectoryIsSeen) {
  a.write("/dir/one", "");
  uint32_t t = a.begin();
  EXPECT_EQ(a.ask(MessageType::directory, "/dir ", t), "one ");
  b.write("/dir/one", "value");
  a.write("/y", "", t);
  EXPECT_EQ(a.end(t), "OK ");  // the names are the same
  t = a.begin();
  a.ask(MessageType::directory, "/dir ", t);
  b.write("/dir/two", "");
  EXPECT_EQ(a.end(t), "EAGAIN ");
}

TEST_F(TransactionTest, AbsenceIsSeen) {
  uint32_t t = a.begin();
  EXPECT_EQ(a.read("/lock", t), "ENOENT ");
  a.write("/lock", "a", t);
  b.write("/lock", "b");
  EXPECT_EQ(a.end(t), "EAGAIN ");
  EXPECT_EQ(a.read("/lock"), "b");
}

TEST_F(TransactionTest, RemovedAndMadeAgainIsAChange) {
  a.write("/x", "1");
  uint32_t t = a.begin();
  a.read("/x", t);
  b.ask(MessageType::rm, "/x ");
  b.write("/x", "1");
  EXPECT_EQ(a.end(t), "EAGAIN ");
}

TEST_F(TransactionTest, EventsComeWithTheCommit) {
  b.watch("/w", "t");
  b.take_events();
  uint32_t t = a.begin();
  a.write("/w/x", "1", t);
  EXPECT_TRUE(b.take_events().empty());
  EXPECT_EQ(a.end(t), "OK ");
  EXPECT_EQ(b.take_events(), (Events{"/w/x t "}));
  t = a.begin();
  a.write("/w/x", "2", t);
  EXPECT_EQ(a.end(t, false), "OK ");
  EXPECT_TRUE(b.take_events().empty());
  EXPECT_EQ(a.read("/w/x"), "1");
}

TEST_F(TransactionTest, DoNotNest) {
  uint32_t t = a.begin();
  EXPECT_EQ(a.ask(MessageType::transaction_start, " ", t), "EBUSY ");
  EXPECT_EQ(b.end(t), "ENOENT ");  // somebody else's
}

// Random changes, alone and in transactions that overlap, leave the same tree as a plain map in which a transaction's
// changes happen at its commit; and values read in a transaction that commits are those of that moment.
TEST_F(TransactionTest, CommitsAreAsIfTheyHadRunAlone) {
  std::mt19937 random(1);
  std::map<std::string, std::string> model;
  auto path = [&] { return "/m/" + std::to_string(random() % 4) + "/" + std::to_string(random() % 4); };
  struct Open {
    uint32_t id;
    std::map<std::string, std::string> written, seen;
  };
  for (int round = 0; round < 400; ++round) {
    std::vector<Open> open;
    for (int step = 0; step < 20; ++step) {
      std::string where = path(), value = std::to_string(random());
      unsigned choice = random() % 5;
      if (choice == 0) {
        open.push_back({a.begin(), {}, {}});
      } else if (choice == 1 || open.empty()) {
        b.write(where, value);
        model[where] = value;
      } else {
        Open& transaction = open[random() % open.size()];
        if (choice == 2) {
          std::string got = a.read(where, transaction.id);
          if (!transaction.written.count(where)) transaction.seen[where] = got;
        } else {
          a.write(where, value, transaction.id);
          transaction.written[where] = value;
        }
      }
    }
    for (Open& transaction : open) {
      if (a.end(transaction.id) != "OK ") continue;
      for (const auto& [where, value] : transaction.seen)
        ASSERT_EQ(value, model.count(where) ? model[where] : "ENOENT ");
      for (const auto& [where, value] : transaction.written) model[where] = value;
    }
    for (const auto& [where, value] : model) ASSERT_EQ(a.read(where), value);
  }
  EXPECT_TRUE(a.ask(MessageType::control, "check ").starts_with("OK: "));
}

}  // namespace
}  // namespace xenolith::tools::xenstored
