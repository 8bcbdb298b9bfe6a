// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/control/fake_port.hpp"
#include "tools/control/hypervisor.hpp"

namespace xenolith::tools {
namespace {

class Control : public testing::Test {
 protected:
  FakePort fake;
  Hypervisor hypervisor{fake};

  DomainId make(uint64_t pages = 1024) {
    DomainId domain = hypervisor.domains.create({.handle = Uuid::random(), .max_vcpus = 2});
    hypervisor.domains.make_vcpus(domain, 2);
    hypervisor.domains.set_max_memory(domain, to_kib(PageCount(pages)));
    return domain;
  }
  void TearDown() override {
    EXPECT_EQ(fake.buffers(), 0u);
    EXPECT_EQ(fake.mappings(), 0u);
  }
};

TEST_F(Control, LifeOfADomain) {
  DomainId domain = make();
  EXPECT_TRUE(hypervisor.domains.info(domain).paused);
  EXPECT_EQ(hypervisor.domains.info(domain).vcpus, 2u);
  hypervisor.domains.unpause(domain);
  EXPECT_FALSE(hypervisor.domains.info(domain).paused);
  hypervisor.domains.shutdown(domain, ShutdownReason::reboot);
  EXPECT_EQ(hypervisor.domains.info(domain).reason, ShutdownReason::reboot);
  EXPECT_EQ(hypervisor.domains.list().size(), 2u);
  hypervisor.domains.destroy(domain);
  EXPECT_FALSE(hypervisor.domains.find(domain));
  EXPECT_EQ(hypervisor.domains.list().size(), 1u);
}

TEST_F(Control, ErrorsNameTheOperationAndTheDomain) {
  try {
    hypervisor.domains.pause(DomainId(77));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ESRCH);
    EXPECT_STREQ(error.what(), "pausing domain 77: No such process");
  }
  // The hypervisor answers for the next domain; that is not the one asked for.
  DomainId domain = make();
  hypervisor.domains.destroy(domain);
  make();
  EXPECT_FALSE(hypervisor.domains.find(domain));
  EXPECT_THROW(hypervisor.domains.info(domain), Error);
}

TEST_F(Control, ListsMoreThanOneBatch) {
  for (int i = 0; i < 600; ++i) hypervisor.domains.create({.handle = Uuid::random()});
  auto all = hypervisor.domains.list();
  ASSERT_EQ(all.size(), 601u);
  EXPECT_EQ(all.back().id, DomainId(600));
}

TEST_F(Control, PopulatesInLargeExtents) {
  DomainId domain = make(3000);
  unsigned before = fake.calls();
  hypervisor.memory.populate_range(domain, Gfn(0), PageCount(1024 + 7));
  EXPECT_EQ(fake.calls() - before, 2u);  // 2 MiB, then 4 KiB
  EXPECT_EQ(hypervisor.memory.current(domain), PageCount(1031));
}

TEST_F(Control, PopulatesInSmallerExtentsWhereLargeOnesAreNotToBeHad) {
  fake.limit_order(9);
  DomainId domain = make(3000);
  hypervisor.memory.populate_range(domain, Gfn(512), PageCount(1024));
  EXPECT_EQ(hypervisor.memory.current(domain), PageCount(1024));
}

TEST_F(Control, PopulatingSaysWhenMemoryIsShort) {
  DomainId domain = make(100);
  EXPECT_THROW(hypervisor.memory.populate_range(domain, Gfn(0), PageCount(101)), Error);
  EXPECT_EQ(hypervisor.memory.current(domain), PageCount(100));
}

TEST_F(Control, MapsMemory) {
  DomainId domain = make();
  hypervisor.memory.populate_range(domain, Gfn(10), PageCount(4));
  {
    auto pages = hypervisor.memory.map_range(domain, Gfn(11), PageCount(2));
    std::memcpy(pages.data() + 4090, "across pages", 12);
  }
  auto bytes = fake.read(domain, 11 * page_size + 4090, 12);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "across pages");
  EXPECT_THROW(hypervisor.memory.map_range(domain, Gfn(13), PageCount(2)), Error);
  EXPECT_THROW(hypervisor.memory.map(DomainId(99), Gfn(0)), Error);
  auto grants = hypervisor.memory.map_grant_table(domain, PageCount(1));
  EXPECT_EQ(grants.size(), page_size);
}

TEST_F(Control, FlushesCachesInPiecesThatHypervisorsTake) {
  DomainId domain = make();
  unsigned before = fake.calls();
  hypervisor.memory.flush_caches(domain, Gfn(5), PageCount((1 << 18) + 1));
  EXPECT_EQ(fake.calls() - before, 2u);
  EXPECT_THROW(hypervisor.memory.flush_caches(DomainId(99), Gfn(0), PageCount(1)), Error);
}

TEST_F(Control, AffinityParametersPorts) {
  DomainId domain = make();
  CpuSet wanted;
  wanted.add(CpuId(1));
  wanted.add(CpuId(6));  // the fake machine has four CPUs
  EXPECT_EQ(hypervisor.vcpus.set_hard_affinity(domain, VcpuId(0), wanted).text(), "1");
  EXPECT_EQ(hypervisor.vcpus.hard_affinity(domain, VcpuId(0)).text(), "1");
  EXPECT_THROW(hypervisor.vcpus.info(domain, VcpuId(2)), Error);
  hypervisor.vcpus.set_parameter(domain, HVM_PARAM_STORE_PFN, 0xfeffc);
  EXPECT_EQ(hypervisor.vcpus.parameter(domain, HVM_PARAM_STORE_PFN), 0xfeffcu);
  Port port = hypervisor.ports.allocate(domain, DomainId(0));
  EXPECT_EQ(hypervisor.ports.status(domain, port).remote, DomainId(0));
  hypervisor.scheduling.set_share(domain, Scheduler::credit2, {512, 50});
  EXPECT_EQ(hypervisor.scheduling.share(domain, Scheduler::credit2).weight, 512);
}

TEST_F(Control, Cpupools) {
  EXPECT_EQ(hypervisor.scheduling.pools().size(), 1u);
  hypervisor.scheduling.remove_cpu(PoolId(0), CpuId(3));
  EXPECT_EQ(hypervisor.scheduling.free_cpus().text(), "3");
  PoolId pool = hypervisor.scheduling.create_pool(Scheduler::credit);
  hypervisor.scheduling.add_cpu(pool, CpuId(3));
  auto pools = hypervisor.scheduling.pools();
  ASSERT_EQ(pools.size(), 2u);
  EXPECT_EQ(pools[1].cpus.text(), "3");
  EXPECT_EQ(scheduler_name(pools[1].scheduler), "credit");
  EXPECT_THROW(hypervisor.scheduling.add_cpu(pool, CpuId(3)), Error);
  hypervisor.scheduling.destroy_pool(pool);
}

TEST_F(Control, Machine) {
  EXPECT_EQ(hypervisor.machine.physical_info().cpus, 4u);
  EXPECT_EQ(hypervisor.machine.version().minor, 17u);
  EXPECT_EQ(hypervisor.machine.version().extra, ".0-fake");
  EXPECT_FALSE(hypervisor.machine.gives_zeroed_memory());
  EXPECT_EQ(hypervisor.machine.topology().size(), 4u);
  EXPECT_EQ(hypervisor.machine.numa().at(0).distances.at(0), 10u);
  EXPECT_EQ(hypervisor.machine.idle_times().size(), 4u);
  fake.console = std::string(200000, 'x');
  EXPECT_EQ(hypervisor.machine.read_console(true).size(), 200000u);
  EXPECT_EQ(hypervisor.machine.read_console(), "");
  hypervisor.machine.debug_keys("hq");
  EXPECT_EQ(fake.debug_keys, "hq");
}

TEST_F(Control, CallsFailOnDemand) {
  DomainId domain = make();
  fake.fail_call(1, EPERM);
  EXPECT_THROW(hypervisor.domains.pause(domain), Error);
  EXPECT_NO_THROW(hypervisor.domains.pause(domain));
  FailureSchedule schedule(1);
  EXPECT_THROW(hypervisor.domains.pause(domain), Error);
}

TEST(CpuSet, TextBytesAndLogic) {
  CpuSet set = CpuSet::first(70);
  EXPECT_EQ(set.count(), 70u);
  EXPECT_EQ(set.limit(), 70u);
  EXPECT_EQ(set.text(), "0-69");
  set.remove(CpuId(5));
  EXPECT_EQ(set.text(), "0-4,6-69");
  EXPECT_EQ(CpuSet::from_bytes(set.to_bytes(9)), set);
  EXPECT_EQ(CpuSet().text(), "none");
  EXPECT_EQ((CpuSet::first(3) & CpuSet::first(2)).text(), "0-1");
  EXPECT_EQ((CpuSet::first(6) | set), CpuSet::first(70));
}

}  // namespace
}  // namespace xenolith::tools
