// SPDX-License-Identifier: MIT
#include "arch/x86/vapic/apic_bus.hpp"

#include <gtest/gtest.h>

#include "arch/x86/vapic/fakes.hpp"
#include "arch/x86/vapic/msi.hpp"

namespace xenolith::vapic {
namespace {

InterruptMessage message(u32 destination, bool logical, DeliveryMode mode = DeliveryMode::fixed) {
  return {Vector{0x61}, mode, Trigger::edge, {destination, logical}};
}
// The APICs that have vector 0x61 pending, as bits; completes it.
unsigned receivers(FakeDomain& domain, unsigned count) {
  unsigned set = 0;
  for (unsigned i = 0; i < count; ++i)
    if (take_interrupt(domain.apic(i)) == 0x61) {
      domain.apic(i).end_of_interrupt();
      set |= 1u << i;
    }
  return set;
}

TEST(ApicBus, SlotsAndIdsAreUnique) {
  FakeDomain domain{2};
  FakePort port{domain.clock};
  LocalApic same_id{{.id = ApicId{2}}, port, domain.bus};
  LocalApic other_id{{.id = ApicId{6}}, port, domain.bus};
  EXPECT_FALSE(domain.bus.attach(1, other_id));
  EXPECT_FALSE(domain.bus.attach(2, other_id));
  EXPECT_EQ(domain.bus.find(ApicId{2}), &domain.apic(1));
  EXPECT_EQ(domain.bus.find(ApicId{3}), nullptr);
  std::vector<ApicBus::Slot> slots(2);
  ApicBus bus{slots, 0};
  EXPECT_TRUE(bus.attach(0, other_id));
  EXPECT_TRUE(bus.attach(1, same_id));
  EXPECT_EQ(bus.find(ApicId{6}), &other_id);  // not where its ID says
  EXPECT_EQ(bus.find(ApicId{2}), &same_id);
}

TEST(ApicBus, BusWithoutSlotsReachesNobody) {
  ApicBus bus{{}, 0};
  EXPECT_EQ(bus.deliver(message(0, false)), 0u);
  EXPECT_EQ(bus.deliver(message(1, true, DeliveryMode::lowest_priority)), 0u);
  EXPECT_EQ(bus.deliver(message(0xffff'ffff, false)), 0u);
}

TEST(ApicBus, PhysicalAndBroadcast) {
  FakeDomain domain{4};
  EXPECT_EQ(domain.bus.deliver(message(4, false)), 0u);  // disabled by software yet
  domain.enable_all();
  EXPECT_EQ(domain.bus.deliver(message(4, false)), 1u);
  EXPECT_EQ(receivers(domain, 4), 0b0100u);
  EXPECT_EQ(domain.bus.deliver(message(3, false)), 0u);
  EXPECT_EQ(domain.bus.deliver(message(0xff, false)), 4u);
  EXPECT_EQ(receivers(domain, 4), 0b1111u);
}

TEST(ApicBus, FlatAndClusterLogical) {
  FakeDomain domain{4};
  domain.enable_all();
  for (unsigned i = 0; i < 4; ++i) domain.apic(i).write_mmio(0xd0, 4, 1u << (24 + i));
  EXPECT_EQ(domain.bus.deliver(message(0b1010, true)), 2u);
  EXPECT_EQ(receivers(domain, 4), 0b1010u);
  for (unsigned i = 0; i < 4; ++i) {
    domain.apic(i).write_mmio(0xe0, 4, 0);
    domain.apic(i).write_mmio(0xd0, 4, (i / 2) << 28 | 1u << (24 + i % 2));
  }
  EXPECT_EQ(domain.bus.deliver(message(0x13, true)), 2u);
  EXPECT_EQ(receivers(domain, 4), 0b1100u);
}

TEST(ApicBus, X2apicClusters) {
  FakeDomain domain{20};  // IDs 0 to 38: clusters 0 to 2
  domain.x2apic_all();
  EXPECT_EQ(domain.bus.deliver(message(0x1'0005, true)), 2u);
  EXPECT_EQ(receivers(domain, 20), 1u << 8 | 1u << 9);
  EXPECT_EQ(domain.bus.deliver(message(0x0000'0014, true)), 2u);
  EXPECT_EQ(receivers(domain, 20), 1u << 1 | 1u << 2);
  EXPECT_EQ(domain.bus.deliver(message(0x0000'4000, true)), 1u);
  EXPECT_EQ(receivers(domain, 20), 1u << 7);
  EXPECT_EQ(domain.bus.deliver(message(0x9'ffff, true)), 0u);
  EXPECT_EQ(domain.bus.deliver(message(0xffff'ffff, true)), 20u);
}

TEST(ApicBus, LowestPriorityTakesTurnsAmongEquals) {
  FakeDomain domain{4};
  domain.enable_all();
  for (unsigned i = 0; i < 4; ++i) domain.apic(i).write_mmio(0xd0, 4, 1u << (24 + i));
  auto lowest = message(0b1011, true, DeliveryMode::lowest_priority);
  unsigned seen[4] = {};
  for (int i = 0; i < 30; ++i) {
    ASSERT_EQ(domain.bus.deliver(lowest), 1u);
    ++seen[std::countr_zero(receivers(domain, 4))];
  }
  EXPECT_EQ(seen[0], 10u);
  EXPECT_EQ(seen[1], 10u);
  EXPECT_EQ(seen[2], 0u);
  EXPECT_EQ(seen[3], 10u);
  domain.apic(0).set_cr8(2);
  domain.apic(3).set_cr8(1);
  domain.apic(1).write_mmio(0xf0, 4, 0xff);  // cannot take any
  EXPECT_EQ(domain.bus.deliver(lowest), 1u);
  EXPECT_EQ(receivers(domain, 4), 0b1000u);
}

TEST(ApicBus, Shorthands) {
  FakeDomain domain{3};
  domain.enable_all();
  auto command = [&](u32 word) { domain.apic(1).write_mmio(0x300, 4, word); };
  command(0x4'0061);
  EXPECT_EQ(receivers(domain, 3), 0b010u);
  command(0x8'0061);
  EXPECT_EQ(receivers(domain, 3), 0b111u);
  command(0xc'0061);
  EXPECT_EQ(receivers(domain, 3), 0b101u);
  command(0xc'0400);  // NMI: those that wait for their start do not take it
  EXPECT_TRUE(domain.apic(0).acknowledge_nmi());
  EXPECT_FALSE(domain.apic(1).has_nmi());
  EXPECT_FALSE(domain.apic(2).has_nmi());
  command(0xc'8500);  // INIT level de-assert
  EXPECT_FALSE(domain.apic(0).has_pending());
}

TEST(ApicBus, ApicsInDifferentModes) {
  FakeDomain domain{2};
  domain.enable_all();
  EXPECT_EQ(domain.apic(1).write_msr(0x1b, 0xfee0'0c00), MsrOutcome::done);
  domain.apic(0).write_mmio(0xd0, 4, 4u << 24);
  EXPECT_EQ(domain.bus.deliver(message(4, true)), 2u);  // both have logical ID 4
  EXPECT_EQ(receivers(domain, 2), 0b11u);
  EXPECT_EQ(domain.bus.deliver(message(0xff, false)), 1u);
  EXPECT_EQ(receivers(domain, 2), 0b01u);
}

TEST(Msi, DecodesAddressAndData) {
  auto m = decode_msi(0xfee3'5004, 0x4131);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->vector, Vector{0x31});
  EXPECT_EQ(m->mode, DeliveryMode::lowest_priority);
  EXPECT_EQ(m->destination.id, 0x35u);
  EXPECT_TRUE(m->destination.logical);
  EXPECT_EQ(m->trigger, Trigger::edge);
  EXPECT_EQ(decode_msi(0xfee0'0fe0 | 0x12 << 12, 0x31)->destination.id, 0x7f12u);
  EXPECT_EQ(decode_msi(0xfee0'000c, 0x31)->mode, DeliveryMode::lowest_priority);
  EXPECT_EQ(decode_msi(0xfee0'0008, 0x31)->mode, DeliveryMode::fixed);
  EXPECT_EQ(decode_msi(0xfee0'0000, 0xc031)->trigger, Trigger::level);
}

TEST(Msi, RefusesWhatIsNone) {
  EXPECT_EQ(decode_msi(0xfed0'0000, 0x31).error(), XEN_EINVAL);
  EXPECT_EQ(decode_msi(0x1'fee0'0000, 0x31).error(), XEN_EINVAL);
  EXPECT_EQ(decode_msi(0xfee0'0000, 0x331).error(), XEN_EINVAL);
  EXPECT_EQ(decode_msi(0xfee0'0000, 0x631).error(), XEN_EINVAL);
  EXPECT_EQ(decode_msi(0xfee0'0000, 0x8031).error(), XEN_EOPNOTSUPP);
}

TEST(Msi, Delivers) {
  FakeDomain domain{300};  // the last IDs need the extended destination
  domain.x2apic_all();
  auto reached = deliver_msi(domain.bus, 0xfee0'0000 | 0x02 << 12 | 2 << 5, 0x61);
  ASSERT_TRUE(reached);
  EXPECT_EQ(*reached, 1u);
  EXPECT_EQ(take_interrupt(domain.apic(0x101)), 0x61u);
  EXPECT_EQ(*deliver_msi(domain.bus, 0xfee0'0000, 0x400), 1u);
  EXPECT_TRUE(domain.apic(0).acknowledge_nmi());
  EXPECT_EQ(*deliver_msi(domain.bus, 0xfee0'1000, 0x61), 0u);
}

}  // namespace
}  // namespace xenolith::vapic
