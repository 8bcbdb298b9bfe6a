// SPDX-License-Identifier: MIT
#include "arch/x86/irq/guest_lines.hpp"

#include <gtest/gtest.h>

#include <arch/fake.hpp>
#include <memory>
#include <random>

#include "arch/x86/irq/fake_hardware.hpp"

namespace xenolith::irq {
namespace {

struct Guest final : GuestLinePort {
  void set_line(Gsi gsi, bool asserted) override {
    if (asserted && !lines[gsi.raw()]) ++rises[gsi.raw()];
    lines[gsi.raw()] = asserted;
  }
  CpuSet preferred_cpus(Gsi) override { return preferred; }
  LineMode mode(Gsi gsi) override { return modes.at(gsi.raw()); }
  std::map<u32, LineMode> modes;
  std::map<u32, bool> lines;
  std::map<u32, unsigned> rises;
  CpuSet preferred;
};

struct Lines : ::testing::Test {
  std::unique_ptr<fake::Machine> machine = std::make_unique<fake::Machine>(4);
  fake::IoApic model{*machine};
  HostIoApics io_apics;
  Guest guest;
  GuestLines lines{machine->host, io_apics, guest};
  void SetUp() override {
    ASSERT_TRUE(io_apics.add(Gsi{0}, model));
    ASSERT_TRUE(lines.initialise());
  }
  Result<void> change(u32 gsi, bool masked, Trigger trigger, Polarity polarity) {
    guest.modes.insert_or_assign(gsi, LineMode{masked, trigger, polarity});
    return lines.guest_entry_changed(Gsi{gsi});
  }
  bool unmask_level(u32 gsi) {
    return bool(change(gsi, false, Trigger::level, Polarity::active_low));
  }
};

TEST_F(Lines, LevelIsMaskedFromInterruptToGuestEoi) {
  ASSERT_TRUE(unmask_level(16));
  EXPECT_FALSE(model.entries[16].masked());
  EXPECT_EQ(model.entries[16].polarity(), Polarity::active_low);
  model.set_line(16, true);
  machine->run();
  EXPECT_TRUE(guest.lines[16]);
  EXPECT_TRUE(model.entries[16].masked());
  lines.guest_eoi(Gsi{16});
  machine->run();
  EXPECT_TRUE(guest.lines[16]) << "the device still asserts";
  EXPECT_EQ(guest.rises[16], 2u);
  model.set_line(16, false);
  lines.guest_eoi(Gsi{16});
  machine->run();
  EXPECT_FALSE(guest.lines[16]);
  EXPECT_FALSE(model.entries[16].masked());
}

TEST_F(Lines, EdgePassesAsAnEdge) {
  ASSERT_TRUE(change(1, false, Trigger::edge, Polarity::active_high));
  model.pulse(1);
  machine->run();
  model.pulse(1);
  machine->run();
  EXPECT_EQ(guest.rises[1], 2u);
  EXPECT_FALSE(guest.lines[1]);
  lines.guest_eoi(Gsi{1});
  EXPECT_FALSE(model.entries[1].masked());
}

TEST_F(Lines, MaskingIsPassedOn) {
  ASSERT_TRUE(change(16, true, Trigger::level, Polarity::active_low));
  EXPECT_EQ(machine->vectors_in_use(), 0u) << "not bound before it is used";
  ASSERT_TRUE(unmask_level(16));
  ASSERT_TRUE(change(16, true, Trigger::level, Polarity::active_low));
  model.set_line(16, true);
  machine->run();
  EXPECT_FALSE(guest.lines[16]);
  ASSERT_TRUE(unmask_level(16));
  machine->run();
  EXPECT_TRUE(guest.lines[16]) << "nothing is lost";
}

TEST_F(Lines, ChangingTheSignalRebinds) {
  ASSERT_TRUE(unmask_level(16));
  model.set_line(16, true);
  machine->run();
  ASSERT_TRUE(change(16, false, Trigger::edge, Polarity::active_high));
  EXPECT_FALSE(guest.lines[16]);
  ASSERT_TRUE(unmask_level(16));
  machine->run();
  EXPECT_TRUE(guest.lines[16]);
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 1u);
}

TEST_F(Lines, ReservedAndUnknownAreRefused) {
  ASSERT_TRUE(lines.reserve(Gsi{4}));
  EXPECT_EQ(lines.reserve(Gsi{24}).error(), XEN_EINVAL);
  EXPECT_EQ(change(4, false, Trigger::edge, Polarity::active_high).error(), XEN_EBUSY);
  EXPECT_EQ(change(~u32{0}, false, Trigger::edge, Polarity::active_high).error(), XEN_EINVAL);
  lines.guest_eoi(Gsi{~u32{0}});
  lines.guest_eoi(Gsi{5});
  lines.follow_guest(Gsi{~u32{0}});
}

TEST_F(Lines, EveryAllocationMayFail) {
  size_t heap = xenolith::fake::heap_in_use();
  for (int n = 0;; ++n) {
    xenolith::fake::fail_allocation(n);
    bool done = unmask_level(16);
    xenolith::fake::fail_allocation(-1);
    if (done) break;
    machine->reap();
    EXPECT_EQ(machine->vectors_in_use(), 0u);
    EXPECT_EQ(xenolith::fake::heap_in_use(), heap);
    EXPECT_TRUE(model.entries[16].masked());
    ASSERT_LT(n, 10);
  }
}

TEST_F(Lines, FollowsTheGuestAtTheNextInterrupt) {
  guest.preferred = CpuSet::of(CpuId{1});
  ASSERT_TRUE(unmask_level(16));
  EXPECT_EQ(model.entries[16].destination(), ApicId{1});
  guest.preferred = CpuSet::of(CpuId{3});
  lines.follow_guest(Gsi{16});
  EXPECT_EQ(model.entries[16].destination(), ApicId{1});
  model.set_line(16, true);
  machine->run();
  model.set_line(16, false);
  lines.guest_eoi(Gsi{16});
  EXPECT_EQ(model.entries[16].destination(), ApicId{3});
  model.set_line(16, true);
  machine->run();
  EXPECT_EQ(guest.rises[16], 2u);
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 1u);
}

TEST_F(Lines, ReleaseAllMasksEverything) {
  ASSERT_TRUE(unmask_level(16));
  ASSERT_TRUE(unmask_level(17));
  model.set_line(16, true);
  machine->run();
  lines.release_all();
  EXPECT_FALSE(guest.lines[16]);
  for (auto entry : model.entries) EXPECT_TRUE(entry.masked());
  machine->reap();
  EXPECT_EQ(machine->vectors_in_use(), 0u);
}

// Whatever the order of device, guest and moves: once the guest has the line unmasked and has completed, an asserted
// line is seen.
TEST_F(Lines, NoAssertedLineIsEverLost) {
  std::mt19937 random{7};
  ASSERT_TRUE(unmask_level(16));
  for (int n = 0; n < 20000; ++n) {
    switch (random() % 8) {
      case 0: model.set_line(16, random() % 2); break;
      case 1: machine->step(); break;
      case 2: lines.guest_eoi(Gsi{16}); break;
      case 3: ASSERT_TRUE(change(16, random() % 2, Trigger::level, Polarity::active_low)); break;
      case 4: guest.preferred = CpuSet::of(CpuId{static_cast<u32>(random() % 4)}); break;
      case 5: lines.follow_guest(Gsi{16}); break;
      case 6: machine->reap(); break;
      case 7:
        ASSERT_TRUE(unmask_level(16));
        model.set_line(16, true);
        machine->run();
        ASSERT_TRUE(guest.lines[16]) << n;
        break;
    }
    ASSERT_LE(machine->vectors_in_use(), 2u);
  }
}

}  // namespace
}  // namespace xenolith::irq
