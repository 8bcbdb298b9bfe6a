// SPDX-License-Identifier: MIT
#include "arch/x86/irq/host_irq.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>
#include <memory>
#include <thread>

#include "arch/x86/irq/fake_hardware.hpp"

namespace xenolith::irq {
namespace {

struct HostIrqs : ::testing::Test {
  std::unique_ptr<fake::Machine> machine = std::make_unique<fake::Machine>(4);
  fake::Source source;
  fake::Action action;

  Own<HostIrq> create(HostIrq::Setup setup) {
    auto irq = HostIrq::create(machine->host, setup);
    EXPECT_TRUE(irq);
    return irq.take();
  }
  HostIrq::Setup setup() { return {.source = source, .action = action}; }
};

TEST_F(HostIrqs, DeliversAndFreesItsVector) {
  {
    Own<HostIrq> irq = create(setup());
    EXPECT_TRUE(source.masked);
    irq->set_masked(false);
    EXPECT_FALSE(source.masked);
    machine->send(source.message);
    machine->run();
    EXPECT_EQ(action.fired, std::vector<unsigned>{0});
    EXPECT_EQ(machine->eois, 1u);
  }
  EXPECT_TRUE(source.masked);
  EXPECT_EQ(machine->vectors_in_use(), 1u);
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 0u);
}

TEST_F(HostIrqs, LateInterruptAfterDestructionIsSpuriousAndHoldsTheVector) {
  Own<HostIrq> irq = create(setup());
  machine->send(source.message);
  irq.reset();
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 1u);
  machine->run();
  EXPECT_EQ(machine->host.spurious(), 1u);
  EXPECT_EQ(machine->eois, 1u);
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 0u);
  EXPECT_TRUE(action.fired.empty());
}

TEST_F(HostIrqs, MovesWithoutLosingWhatIsUnderWay) {
  HostIrq::Setup on_0 = setup();
  on_0.allowed = CpuSet::of(CpuId{0});
  Own<HostIrq> irq = create(on_0);
  MsiMessage old = source.message;
  ASSERT_TRUE(irq->move(CpuSet::of(CpuId{2})));
  EXPECT_EQ(irq->slot().cpu, CpuId{2});
  EXPECT_EQ(irq->move(CpuSet::of(CpuId{3})).error(), XEN_EBUSY);
  EXPECT_TRUE(irq->move(CpuSet::of(CpuId{2})));
  machine->send(old);
  machine->run();
  EXPECT_EQ(action.fired.size(), 1u) << "the old vector is still good";
  EXPECT_EQ(irq->move(CpuSet::of(CpuId{3})).error(), XEN_EBUSY);

  // the first on the new vector overtakes one that waits at the old CPU
  machine->send(source.message);
  machine->run();
  machine->send(old);
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 2u);
  machine->run();
  EXPECT_EQ(action.fired.size(), 3u);
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 1u);
  EXPECT_TRUE(irq->move(CpuSet::of(CpuId{3})));
}

TEST_F(HostIrqs, DestructionDuringAHandOverLeaksNothing) {
  for (bool arrived : {false, true}) {
    HostIrq::Setup on_0 = setup();
    on_0.allowed = CpuSet::of(CpuId{0});
    on_0.count = 4;
    Own<HostIrq> irq = create(on_0);
    ASSERT_TRUE(irq->move(CpuSet::of(CpuId{1})));
    if (arrived) {
      machine->send(source.message);
      machine->run();
    }
    irq.reset();
    machine->reap();
    EXPECT_EQ(machine->vectors_in_use(), 0u);
  }
}

TEST_F(HostIrqs, BlockTellsTheIndex) {
  HostIrq::Setup four = setup();
  four.count = 4;
  Own<HostIrq> irq = create(four);
  MsiMessage third = source.message;
  third.data += 2;
  machine->send(third);
  machine->run();
  EXPECT_EQ(action.fired, std::vector<unsigned>{2});
}

TEST_F(HostIrqs, EdgeOfAPinMovesWhenHandled) {
  source.policy = InterruptSource::Moves::when_handled;
  HostIrq::Setup on_0 = setup();
  on_0.allowed = CpuSet::of(CpuId{0});
  Own<HostIrq> irq = create(on_0);
  ASSERT_TRUE(irq->move(CpuSet::of(CpuId{1})));
  EXPECT_EQ(irq->slot().cpu, CpuId{0});
  machine->send(source.message);
  machine->run();
  EXPECT_EQ(irq->slot().cpu, CpuId{1});
  EXPECT_EQ(action.fired.size(), 1u);
}

TEST_F(HostIrqs, LevelStaysMaskedUntilCompleted) {
  HostIrq::Setup level = setup();
  level.trigger = Trigger::level;
  action.verdict = InterruptAction::Verdict::pending;
  Own<HostIrq> irq = create(level);
  irq->set_masked(false);
  machine->send(source.message);
  machine->run();
  EXPECT_TRUE(source.masked);
  EXPECT_TRUE(irq->is_pending());
  irq->set_masked(false);
  EXPECT_TRUE(source.masked) << "the user's unmasking does not end the service";
  irq->complete();
  EXPECT_FALSE(source.masked);
  irq->set_masked(true);
  irq->complete();
  EXPECT_TRUE(source.masked);
  action.verdict = InterruptAction::Verdict::handled;
  irq->set_masked(false);
  machine->send(source.message);
  machine->run();
  EXPECT_FALSE(irq->is_pending());
  EXPECT_FALSE(source.masked);
}

TEST_F(HostIrqs, FailuresLeaveNothingBehind) {
  size_t heap = xenolith::fake::heap_in_use();
  source.refuse = true;
  EXPECT_EQ(HostIrq::create(machine->host, setup()).error(), XEN_EIO);
  source.refuse = false;
  xenolith::fake::fail_allocation(0);
  EXPECT_EQ(HostIrq::create(machine->host, setup()).error(), XEN_ENOMEM);
  xenolith::fake::fail_allocation(-1);
  HostIrq::Setup odd = setup();
  odd.count = 2;
  odd.trigger = Trigger::level;
  EXPECT_EQ(HostIrq::create(machine->host, odd).error(), XEN_EINVAL);
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 0u);
  EXPECT_EQ(xenolith::fake::heap_in_use(), heap);

  Own<HostIrq> irq = create(setup());
  VectorSlot before = irq->slot();
  source.refuse = true;
  EXPECT_EQ(irq->move(CpuSet::all().without(CpuSet::of(before.cpu))).error(), XEN_EIO);
  EXPECT_EQ(irq->slot(), before);
}

TEST(HostInterrupts, CpusBeyondEightBitsGetNoDeviceInterrupts) {
  auto machine = std::make_unique<fake::Machine>(1);
  machine->ids[1] = 255;
  machine->ids[2] = 0x1234;
  ASSERT_TRUE(machine->host.add_cpu(CpuId{1}));
  ASSERT_TRUE(machine->host.add_cpu(CpuId{2}));
  fake::Source source;
  fake::Action action;
  HostIrq::Setup setup{.source = source, .action = action};
  setup.allowed = CpuSet::of(CpuId{1}) | CpuSet::of(CpuId{2});
  EXPECT_EQ(HostIrq::create(machine->host, setup).error(), XEN_ERANGE);
  EXPECT_EQ(compose_msi(ApicId{255}, Vector{0x40}).error(), XEN_ERANGE);
  EXPECT_EQ(compose_msi(ApicId{0x100}, Vector{0x40}).error(), XEN_ERANGE);
  EXPECT_EQ(*compose_msi(ApicId{3}, Vector{0x41}), (MsiMessage{0xfee03000, 0x41}));
}

// One CPU dispatches all the time while another makes, moves and destroys: the action is never called after
// destruction.
TEST(HostInterrupts, DestructionWaitsForDispatch) {
  struct Port final : HostApicPort {
    void end_of_interrupt() override {}
    bool is_requested(Vector) override { return false; }
    void request_reap(CpuId) override { reap = true; }
    ApicId apic_id(CpuId cpu) override { return ApicId{cpu.raw()}; }
    std::atomic<bool> reap{false};
  } port;
  auto host = std::make_unique<HostInterrupts>(port);
  ASSERT_TRUE(host->add_cpu(CpuId{1}));
  std::atomic<bool> stop{false};
  std::thread cpu{[&] {
    arch::fake::current_cpu = CpuId{1};
    while (!stop) {
      for (unsigned v = vectors::devices_first; v < vectors::devices_end; ++v) {
        InterruptsOff off;
        host->dispatch(CpuId{1}, Vector{static_cast<u8>(v)});
      }
      if (port.reap.exchange(false)) host->reap(CpuId{1});
    }
  }};
  struct Flagged final : InterruptAction {
    Verdict fire(unsigned) override {
      if (!alive) violated = true;
      ++calls;
      return Verdict::handled;
    }
    std::atomic<bool> alive{true}, violated{false};
    std::atomic<unsigned> calls{0};
  } action;
  fake::Source source;
  for (int n = 0; n < 2000; ++n) {
    action.alive = true;
    auto irq = HostIrq::create(*host, {.source = source, .action = action});
    if (irq.failed()) continue;
    irq.take().reset();
    action.alive = false;
  }
  while (action.calls == 0) {
    action.alive = true;
    auto irq = HostIrq::create(*host, {.source = source, .action = action});
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  stop = true;
  cpu.join();
  EXPECT_FALSE(action.violated);
}

}  // namespace
}  // namespace xenolith::irq
