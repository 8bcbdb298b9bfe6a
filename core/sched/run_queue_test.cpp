// SPDX-License-Identifier: MIT
#include "core/sched/run_queue.hpp"

#include <gtest/gtest.h>

#include "core/sched/inspector.hpp"

namespace xenolith {
namespace {

using namespace sched;

struct Queue : testing::Test {
  Queue() { queue.set_up(CpuId{0}, summary); }
  ~Queue() override {
    if (queue.running()) queue.stop();
    while (queue.first()) queue.detach(*queue.first());
  }
  RunQueueSummary summary;
  SchedPool pool{0};
  SchedGroup group{DomainId{1}, pool};
  SchedUnit a{group, VcpuId{0}}, b{group, VcpuId{1}};
  RunQueue queue;
};

TEST_F(Queue, OrdersByAgeThenArrival) {
  queue.attach(a, wake_credit);
  queue.attach(b, wake_credit);
  EXPECT_EQ(queue.first(), &a);
  queue.run(a, SystemTime{0}, SystemTime{0} + max_slice);
  queue.charge(SystemTime{1000});
  queue.requeue(queue.stop());
  EXPECT_EQ(queue.first(), &b);
  EXPECT_EQ(queue.load(), 512u);
}

TEST_F(Queue, ChargesByWeightWithoutLosingRemainders) {
  queue.attach(a, wake_credit);
  queue.run(a, SystemTime{0}, SystemTime::never());
  for (int ns = 1; ns <= 1000; ++ns) queue.charge(SystemTime{ns});
  EXPECT_EQ(SchedInspector::age(a).raw(), 1000u);
  EXPECT_EQ(queue.clock().raw(), 1000u);
  queue.charge(SystemTime{500});  // time stepped back
  EXPECT_EQ(SchedInspector::age(a).raw(), 1000u);
}

TEST_F(Queue, SleeperStartsWithLittleCreditOnly) {
  queue.attach(a, wake_credit);
  queue.run(a, SystemTime{0}, SystemTime::never());
  queue.charge(SystemTime{0} + seconds(10));
  queue.depart(b, CpuId{0});
  queue.attach(b, wake_credit);
  EXPECT_EQ(queue.clock() - SchedInspector::age(b), wake_credit);
  EXPECT_TRUE(queue.preempts(b));
}

TEST_F(Queue, PublishesItsLoad) {
  queue.attach(a, wake_credit);
  queue.attach(b, wake_credit);
  EXPECT_EQ(queue.choose(), &a);
  queue.publish();
  EXPECT_EQ(summary.load, 512u);
}

}  // namespace
}  // namespace xenolith
