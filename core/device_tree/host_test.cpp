// SPDX-License-Identifier: MIT
#include "core/device_tree/host.hpp"

#include "core/device_tree/test_tree.hpp"

namespace xenolith {
namespace {

TEST(HostDescription, MemoryAndReservations) {
  TestTree test{"virt"};
  const HostDescription& host = test.describe();
  ASSERT_EQ(host.memory.size(), 2U);
  EXPECT_EQ(host.memory[0], range_of(0x40000000, 0x40000000));
  EXPECT_EQ(host.memory[1], range_of(0x100000000, 0x10000000));
  ASSERT_EQ(host.reserved.size(), 2U);
  EXPECT_EQ(host.reserved[0], range_of(0x7f000000, 0x10000));
  EXPECT_EQ(host.reserved[1], range_of(0x7ff00000, 0x100000));
}

TEST(HostDescription, Processors) {
  TestTree test{"virt"};
  const HostDescription& host = test.describe();
  ASSERT_EQ(host.cpus.size(), 2U);
  EXPECT_EQ(host.cpus[0].start, CpuStart::psci);
  EXPECT_EQ(host.cpus[1].start, CpuStart::spin_table);
  EXPECT_EQ(host.cpus[1].release_address, MachineAddress{0x8000fff8});
  EXPECT_EQ(host.psci.conduit, PsciConduit::smc);
  EXPECT_EQ(host.psci.major, 1);
}

TEST(HostDescription, ASpinTableWithoutAnAddressStartsNothing) {
  TestTree test{"board"};
  const HostDescription& host = test.describe();
  EXPECT_EQ(host.cpus[0].start, CpuStart::none);
  EXPECT_EQ(host.cpus[1].start, CpuStart::none);
}

TEST(HostDescription, OldPsci) {
  TestTree test{"board"};
  const HostDescription& host = test.describe();
  EXPECT_EQ(host.psci.conduit, PsciConduit::hvc);
  EXPECT_EQ(host.psci.major, 0);
  EXPECT_EQ(host.psci.minor, 1);
  EXPECT_EQ(host.psci.cpu_on, 0x95c1ba60U);
  EXPECT_TRUE(host.memory.empty());
}

TEST(HostDescription, Gic3) {
  TestTree test{"virt"};
  const HostGic& gic = test.describe().gic;
  EXPECT_EQ(gic.version, GicVersion::v3);
  EXPECT_EQ(gic.distributor, range_of(0x8000000, 0x10000));
  ASSERT_EQ(gic.redistributors.size(), 2U);
  EXPECT_EQ(gic.redistributors[1], range_of(0x4000000000, 0x4000000));
  EXPECT_EQ(gic.cpu_interface, range_of(0x8010000, 0x2000));
  ASSERT_EQ(gic.its.size(), 1U);
  EXPECT_EQ(gic.its[0].registers, range_of(0x8080000, 0x20000));
  EXPECT_EQ(gic.maintenance->id, IntId{25});
}

TEST(HostDescription, Gic2) {
  TestTree test{"board"};
  const HostGic& gic = test.describe().gic;
  EXPECT_EQ(gic.version, GicVersion::v2);
  EXPECT_EQ(gic.hypervisor_interface, range_of(0x10004000, 0x2000));
  EXPECT_EQ(gic.virtual_cpu_interface, range_of(0x10006000, 0x2000));
  ASSERT_EQ(gic.v2m_frames.size(), 1U);
  EXPECT_EQ(gic.v2m_frames[0].spi_base, 64U);
  EXPECT_EQ(gic.v2m_frames[0].spi_count, 32U);
}

TEST(HostDescription, TimerByPlaceAndByName) {
  TestTree virt{"virt"}, board{"board"};
  EXPECT_EQ(virt.describe().timer.secure_physical->id, IntId{29});
  EXPECT_EQ(virt.describe().timer.hypervisor->id, IntId{26});
  const HostTimer& timer = board.describe().timer;
  EXPECT_FALSE(timer.secure_physical);
  EXPECT_EQ(timer.physical->id, IntId{30});
  EXPECT_EQ(timer.virtual_timer->id, IntId{27});
  EXPECT_EQ(timer.virtual_timer->trigger, InterruptTrigger::level_low);
}

TEST(HostDescription, Consoles) {
  TestTree virt{"virt"}, board{"board"};
  EXPECT_EQ(virt.describe().uart->kind, UartKind::pl011);
  EXPECT_EQ(virt.describe().uart_options, "115200n8");
  const HostUart& uart = *board.describe().uart;
  EXPECT_EQ(uart.kind, UartKind::dw8250);
  EXPECT_EQ(uart.register_shift, 2U);
  EXPECT_EQ(uart.register_width, 4U);
  EXPECT_EQ(uart.clock_frequency, 50000000U);
  EXPECT_EQ(uart.interrupt->id, IntId{52});
}

TEST(HostDescription, ModulesAndCommandLines) {
  TestTree virt{"virt"}, board{"board"};
  const HostDescription& host = virt.describe();
  ASSERT_EQ(host.modules.size(), 2U);
  EXPECT_EQ(host.modules[0].kind, HostModuleKind::kernel);
  EXPECT_EQ(host.modules[0].range, range_of(0x50000000, 0x2000000));
  EXPECT_EQ(host.modules[1].kind, HostModuleKind::ramdisk);
  EXPECT_EQ(host.xen_bootargs, "for the hypervisor");
  EXPECT_EQ(host.dom0_bootargs, "for dom0");
  EXPECT_EQ(board.describe().xen_bootargs, "for the hypervisor");
  EXPECT_EQ(board.describe().dom0_bootargs, "for dom0");
}

TEST(HostDescription, DomainsWithoutTools) {
  TestTree test{"virt"};
  const HostDescription& host = test.describe();
  ASSERT_EQ(host.domains.size(), 1U);
  EXPECT_EQ(host.domains[0].memory_kib, 0x20000U);
  EXPECT_EQ(host.domains[0].cpus, 2U);
  EXPECT_TRUE(host.domains[0].vpl011);
  ASSERT_TRUE(host.domains[0].kernel);
  EXPECT_EQ(host.domains[0].kernel->range, range_of(0x60000000, 0x2000000));
  EXPECT_EQ(host.domains[0].kernel->bootargs, "for the domain");
  EXPECT_FALSE(host.domains[0].ramdisk);
}

}  // namespace
}  // namespace xenolith
