// SPDX-License-Identifier: MIT
#include "tools/control/tracing_port.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tools/base/error.hpp"
#include "tools/control/fake_port.hpp"
#include "tools/control/hypervisor.hpp"

namespace xenolith::tools {
namespace {

TEST(TracingPort, ReportsCallsAndPassesThemOn) {
  struct Entry {
    std::string what;
    long result;
  };
  std::vector<Entry> entries;
  auto report = [&](const std::string& what, double, long result) { entries.push_back({what, result}); };
  Hypervisor hypervisor(std::make_unique<TracingPort>(std::make_unique<FakePort>(), report));
  DomainId domain = hypervisor.domains.create({.handle = Uuid::random()});
  hypervisor.domains.set_max_memory(domain, KiB(64));
  hypervisor.memory.populate_range(domain, Gfn(0), PageCount(2));
  hypervisor.memory.map_range(domain, Gfn(0), PageCount(2));
  EXPECT_THROW(hypervisor.domains.pause(DomainId(99)), Error);
  EXPECT_THROW(hypervisor.memory.map_grant_table(DomainId(99), PageCount(1)), Error);

  auto reported = [&](const std::string& what, long result) {
    return std::ranges::any_of(entries, [&](const Entry& e) { return e.what == what && e.result == result; });
  };
  EXPECT_TRUE(reported("domctl 1", 0));
  EXPECT_TRUE(reported("memory_op 6", 2));
  EXPECT_TRUE(reported("map 2 pages", 0));
  EXPECT_TRUE(reported("unmap 2 pages", 0));
  EXPECT_TRUE(reported("domctl 3", -ESRCH));
  EXPECT_TRUE(reported("map resource 1", -ESRCH));
}

}  // namespace
}  // namespace xenolith::tools
