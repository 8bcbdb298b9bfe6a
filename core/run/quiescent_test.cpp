// SPDX-License-Identifier: MIT
#include "core/run/quiescent.hpp"

#include <arch/cpu.hpp>
#include <gtest/gtest.h>

#include <string>

#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith {
namespace {

constexpr unsigned cpus = 3;

class QuiescentTest : public ::testing::Test {
 protected:
  struct Note : quiescent::Deferred {
    Note(QuiescentTest& test, char name, Note* next = nullptr) : test{test}, name{name}, then{next} {}
    QuiescentTest& test;
    char name;
    Note* then;
  };

  QuiescentTest() {
    static const bool started = (start_cpus(), true);
    static_cast<void>(started);
    for (auto& pending : pending_work) pending.bits = 0;
  }
  ~QuiescentTest() override { arch::fake::current_cpu = CpuId{0}; }

  static void start_cpus() {
    for (unsigned cpu = 0; cpu < cpus; ++cpu) {
      arch::fake::current_cpu = CpuId{cpu};
      Dispatcher::cpu_starts();
    }
  }
  static void pass(std::initializer_list<unsigned> order) {
    for (unsigned cpu : order) {
      arch::fake::current_cpu = CpuId{cpu};
      quiescent::pass();
    }
  }
  static void defer(Note& note) {
    quiescent::defer(note, [](quiescent::Deferred& work) {
      auto& done = static_cast<Note&>(work);
      done.test.done += done.name;
      if (done.then) defer(*done.then);
    });
  }

  std::string done;
};

TEST_F(QuiescentTest, WorkWaitsForEveryCpu) {
  Note a{*this, 'a'};
  defer(a);
  pass({0, 0, 2, 2, 0});
  EXPECT_EQ(done, "");
  pass({1});
  EXPECT_EQ(done, "a");
  pass({0, 1, 2});
  EXPECT_EQ(done, "a");
}

TEST_F(QuiescentTest, IdleCpusAreAskedToComeBy) {
  Note a{*this, 'a'};
  defer(a);
  for (unsigned cpu = 0; cpu < cpus; ++cpu) EXPECT_NE(pending_work[cpu].bits, 0u);
  pass({0, 1, 2});
}

// CPUs that passed before the work was deferred may have found the object since: they do not count.
TEST_F(QuiescentTest, LaterWorkNeedsAPeriodOfItsOwn) {
  Note a{*this, 'a'}, b{*this, 'b'};
  defer(a);
  pass({0, 1});
  defer(b);
  pass({2});
  EXPECT_EQ(done, "a");
  pass({0, 1});
  EXPECT_EQ(done, "a");
  pass({2});
  EXPECT_EQ(done, "ab");
}

TEST_F(QuiescentTest, WorkMayDeferWork) {
  Note b{*this, 'b'}, a{*this, 'a', &b};
  defer(a);
  pass({0, 1, 2});
  EXPECT_EQ(done, "a");
  pass({0, 1, 2});
  EXPECT_EQ(done, "ab");
}

}  // namespace
}  // namespace xenolith
