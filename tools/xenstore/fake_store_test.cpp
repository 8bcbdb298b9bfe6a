// SPDX-License-Identifier: MIT
#include "tools/xenstore/fake_store.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"
#include "tools/xenstore/wait.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

int code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return 0;
}

TEST(MemoryStore, WritesReadsListsRemoves) {
  MemoryStore store;
  store.write("/a/b/c", "1");
  store.write("/a/b/d", std::string("\0\1", 2));
  EXPECT_EQ(store.read("/a/b/c"), "1");
  EXPECT_EQ(store.read("/a/b/d"), std::string("\0\1", 2));
  EXPECT_EQ(store.list("/a/b"), (std::vector<std::string>{"c", "d"}));
  store.remove("/a/b");
  EXPECT_FALSE(store.find("/a/b/c"));
  EXPECT_TRUE(store.list("/a/b").empty());
  store.remove("/nothing/there");
  EXPECT_EQ(code_of([&] { store.read("/a/x"); }), ENOENT);
  EXPECT_EQ(code_of([&] { store.read("/a/"); }), EINVAL);
}

TEST(MemoryStore, ListsDirectoriesOfAnySize) {
  MemoryStore store;
  std::vector<std::string> names;
  for (int i = 1000; i < 3000; ++i) names.push_back("entry-" + std::to_string(i));
  for (const std::string& name : names) store.write("/big/" + name, "");
  EXPECT_EQ(store.list("/big"), names);
}

TEST(MemoryStore, OtherDomainsSeeWhatTheyMay) {
  MemoryStore dom0;
  MemoryStore guest(dom0.tree(), DomainId(5));
  dom0.write("/local/domain/5/name", "guest", {{DomainId(0), Access::none}, {DomainId(5), Access::read}});
  dom0.write("/secret", "x");
  EXPECT_EQ(guest.read("name"), "guest");
  EXPECT_EQ(code_of([&] { guest.write("name", "other"); }), EACCES);
  EXPECT_EQ(code_of([&] { guest.read("/secret"); }), EACCES);
  EXPECT_EQ(code_of([&] { guest.release(DomainId(5)); }), EACCES);
}

TEST(MemoryStore, TransactionIsSeenAtItsCommit) {
  MemoryStore store;
  MemoryStore other(store.tree());
  StoreTransaction transaction(store);
  transaction.write("/t/a", "1");
  EXPECT_EQ(transaction.read("/t/a"), "1");
  EXPECT_FALSE(other.exists("/t/a"));
  EXPECT_TRUE(transaction.commit());
  EXPECT_EQ(other.read("/t/a"), "1");
}

TEST(MemoryStore, TransactBeginsAgainAfterAConflict) {
  MemoryStore store;
  MemoryStore other(store.tree());
  store.write("/count", "1");
  int rounds = 0;
  store.transact([&](StoreTransaction& transaction) {
    int count = std::stoi(transaction.read("/count"));
    if (++rounds == 1) other.write("/count", "10");
    transaction.write("/count", std::to_string(count + 1));
  });
  EXPECT_EQ(rounds, 2);
  EXPECT_EQ(store.read("/count"), "11");
}

TEST(MemoryStore, WatchTellsFirstAndThenOfChanges) {
  EventLoop loop;
  MemoryStore store;
  MemoryStore other(store.tree());
  std::vector<std::string> seen;
  StoreWatch watch = store.watch(loop, "/w", [&](const std::string& path) { seen.push_back(path); });
  while (loop.run_once(0s)) {}
  other.write("/w/x", "1");
  other.write("/elsewhere", "1");
  while (loop.run_once(0s)) {}
  EXPECT_EQ(seen, (std::vector<std::string>{"/w", "/w/x"}));
  watch = StoreWatch();
  other.write("/w/x", "2");
  while (loop.run_once(0s)) {}
  EXPECT_EQ(seen.size(), 2u);
}

TEST(MemoryStore, WatchMayEndInItsOwnCallbackAndAfterItsStore) {
  EventLoop loop;
  auto store = std::make_unique<MemoryStore>();
  StoreWatch once, late;
  int calls = 0;
  once = store->watch(loop, "/w", [&](const std::string&) {
    ++calls;
    once = StoreWatch();
  });
  late = store->watch(loop, "/w", [](const std::string&) {});
  while (loop.run_once(0s)) {}
  store->write("/w", "x");
  while (loop.run_once(0s)) {}
  EXPECT_EQ(calls, 1);
  store.reset();
  while (loop.run_once(0s)) {}
}

TEST(MemoryStore, WaitUntilEndsWithTheChange) {
  EventLoop loop;
  MemoryStore store;
  Task<> waiting = wait_until(loop, store, "/state", [&] { return store.find("/state") == "4"; });
  waiting.start();
  while (loop.run_once(0s)) {}
  EXPECT_FALSE(waiting.done());
  store.write("/state", "4");
  while (loop.run_once(0s)) {}
  EXPECT_TRUE(waiting.done());
  waiting.get();
}

}  // namespace
}  // namespace xenolith::tools
