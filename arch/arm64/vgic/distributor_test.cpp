// SPDX-License-Identifier: MIT
#include "arch/arm64/vgic/distributor.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include "arch/arm64/vgic/affinity.hpp"
#include "arch/arm64/vgic/fakes.hpp"

namespace xenolith::vgic {
namespace {

TEST(Distributor, ChecksItsConfiguration) {
  FakePort port{1};
  EXPECT_EQ(Distributor::create({.version = Version::v2, .vcpus = 9}, port).error(), XEN_EINVAL);
  EXPECT_EQ(Distributor::create({.version = Version::v2, .vcpus = 0}, port).error(), XEN_EINVAL);
  EXPECT_EQ(Distributor::create({.version = Version::v3, .vcpus = 1, .spis = 989}, port).error(), XEN_EINVAL);
  EXPECT_TRUE(Distributor::create({.version = Version::v3, .vcpus = 128, .spis = 988}, port));
}

TEST(Distributor, FailsWithoutMemory) {
  FakePort port{1};
  size_t before = fake::heap_in_use();
  for (int i = 0; i < 3; ++i) {
    fake::fail_allocation(i);
    EXPECT_EQ(Distributor::create({.version = Version::v3, .vcpus = 2}, port).error(), XEN_ENOMEM);
  }
  fake::fail_allocation(-1);
  EXPECT_EQ(fake::heap_in_use(), before);
}

TEST(Distributor, SgisByTheDistributorsRegister) {
  FakeDomain domain{Version::v2, 4};
  auto send = [&](u32 value) { domain.distributor->write_distributor(1, 0xf00, 4, value); };
  auto got = [&] {
    unsigned mask = 0;
    for (unsigned n = 0; n < 4; ++n)
      if (domain.serve(n) == 7) mask |= 1u << n;
    return mask;
  };
  send(0x000d'0007);
  EXPECT_EQ(got(), 0xdu);
  send(0x0100'0007);
  EXPECT_EQ(got(), 0xdu);  // all but the sender, 1
  send(0x0200'0007);
  EXPECT_EQ(got(), 0x2u);
  send(0x03ff'0007);
  EXPECT_EQ(got(), 0u);
  send(0x00f0'0007);  // vCPUs that are not there
  EXPECT_EQ(got(), 0u);
}

TEST(Distributor, SgisBySystemRegister) {
  FakeDomain domain{Version::v3, 20};
  auto got = [&] {
    u32 mask = 0;
    for (unsigned n = 0; n < 20; ++n)
      if (domain.serve(n) == 7) mask |= 1u << n;
    return mask;
  };
  auto send = [&](u64 value) { domain.distributor->write_sgi1r(1, value | 7u << 24); };
  send(0x8001);
  EXPECT_EQ(got(), 0x8001u);
  send(0xffff | 1u << 16);
  EXPECT_EQ(got(), 0xf0000u);
  send(u64{1} << 40);
  EXPECT_EQ(got(), 0xfffffu & ~2u);
  send(1 | u64{1} << 32);  // no such cluster
  EXPECT_EQ(got(), 0u);
  send(1 | u64{1} << 44);
  EXPECT_EQ(got(), 0u);
}

TEST(Distributor, NumbersThatAreNotThereAreIgnored) {
  FakeDomain domain{Version::v3, 1, 4, 32};
  domain.distributor->raise(Intid{64});
  domain.distributor->raise(Intid{5});
  domain.distributor->set_line(Intid{1021}, true);
  EXPECT_EQ(domain.distributor->link_hardware(Intid{64}).error(), XEN_EINVAL);
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST(Distributor, LineRisesOnceForAnEdge) {
  FakeDomain domain{Version::v3, 1};
  domain.distributor->spi(40).set(IrqWord::edge);
  domain.distributor->set_line(Intid{40}, true);
  domain.distributor->set_line(Intid{40}, true);
  EXPECT_EQ(domain.serve(0), 40u);
  EXPECT_EQ(domain.serve(0), 1023u);
  domain.distributor->set_line(Intid{40}, false);
  domain.distributor->set_line(Intid{40}, true);
  EXPECT_EQ(domain.serve(0), 40u);
}

TEST(Distributor, LinkedInterruptFollowsItsGuestsWishes) {
  FakeDomain domain{Version::v3, 2};
  Distributor& distributor = *domain.distributor;
  EXPECT_TRUE(distributor.link_hardware(Intid{40}));
  distributor.write_distributor(0, 0x180 + 4, 4, 1u << 8);
  distributor.write_distributor(0, 0xc00 + 8, 4, 2u << 16);
  distributor.write_distributor(0, 0x6000 + 8 * 40, 8, 1);
  distributor.write_distributor(0, 0x100 + 4, 4, 1u << 8);
  ASSERT_EQ(domain.port.settings.size(), 4u);
  EXPECT_FALSE(domain.port.settings[0].setting.enabled);
  FakePort::Setting last = domain.port.settings.back();
  EXPECT_EQ(last.intid, 40u);
  EXPECT_TRUE(last.setting.enabled && last.setting.trigger == Trigger::edge && last.setting.vcpu == 1);
  domain.port.settings.clear();
  distributor.vcpu_moved(0);
  EXPECT_TRUE(domain.port.settings.empty());
  distributor.vcpu_moved(1);
  EXPECT_EQ(domain.port.settings.size(), 1u);
}

TEST(Distributor, LinkedInterruptIsMadePendingAtTheMachine) {
  FakeDomain domain{Version::v3, 1};
  EXPECT_TRUE(domain.distributor->link_hardware(Intid{40}));
  domain.distributor->write_distributor(0, 0x200 + 4, 4, 1u << 8);
  EXPECT_EQ(domain.port.pends, (std::vector<std::pair<u32, bool>>{{40, true}}));
  EXPECT_EQ(domain.serve(0), 1023u);
  domain.distributor->raise(Intid{40});  // so it comes
  domain.distributor->write_distributor(0, 0x280 + 4, 4, 1u << 8);
  EXPECT_EQ(domain.port.deactivated, std::vector<u32>{40});
  EXPECT_EQ(domain.serve(0), 1023u);
}

TEST(Distributor, TellsWhenTheGuestHasEndedALinkedInterrupt) {
  FakeDomain domain{Version::v2, 1};
  EXPECT_TRUE(domain.distributor->link_hardware(Intid{40}));
  domain.distributor->raise(Intid{40});
  domain.distributor->raise(Intid{41});
  domain.enter(0);
  for (u32 intid : {40u, 41u}) EXPECT_EQ(domain.guest(0).take(), intid);
  domain.leave(0);
  EXPECT_TRUE(domain.port.ended.empty());
  domain.enter(0);
  for (u32 intid : {41u, 40u}) domain.guest(0).end(intid);
  domain.leave(0);
  EXPECT_EQ(domain.port.ended, std::vector<u32>{40});
}

TEST(Distributor, DeactivatingALinkedInterruptReachesTheMachine) {
  FakeDomain domain{Version::v3, 1};
  EXPECT_TRUE(domain.distributor->link_hardware(Intid{40}));
  domain.distributor->raise(Intid{40});
  domain.enter(0);
  EXPECT_EQ(domain.guest(0).take(), 40u);
  domain.leave(0);
  EXPECT_EQ(domain.distributor->read_distributor(0, 0x304, 4), 1u << 8);
  domain.distributor->write_distributor(0, 0x384, 4, ~0u);
  EXPECT_EQ(domain.port.deactivated, std::vector<u32>{40});
  EXPECT_EQ(domain.distributor->read_distributor(0, 0x304, 4), 0u);
  domain.distributor->write_distributor(0, 0x304, 4, 1u << 8);  // not of ours to make active
  EXPECT_EQ(domain.distributor->read_distributor(0, 0x304, 4), 0u);
}

}  // namespace
}  // namespace xenolith::vgic
