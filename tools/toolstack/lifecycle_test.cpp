// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tools/base/error.hpp"
#include "tools/toolstack/domain_monitor.hpp"
#include "tools/toolstack/fake_host.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

template <typename F>
int code_of(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return 0;
}

class LifecycleTest : public testing::Test {
 protected:
  DomainId start() { return run_task(host.loop, host.toolstack.create(host.config_with_devices())); }
  void end_guest(DomainId domain, ShutdownReason reason) {
    host.port.guest_shutdown(domain, static_cast<uint32_t>(reason));
    host.store.tell_shutdown(domain);
  }
  template <typename F>
  void run_until(F&& condition) {
    for (int turn = 0; turn < 2000 && !condition(); ++turn) host.loop.run_once(10ms);
    ASSERT_TRUE(condition());
  }

  FakeHost host{[](ToolstackSettings& settings) { settings.backend_end = 100ms; }};
  std::string before = host.snapshot();
};

TEST_F(LifecycleTest, DestroyLeavesNothing) {
  for (auto mood : {FakeBackends::Mood::willing, FakeBackends::Mood::clinging, FakeBackends::Mood::absent}) {
    host.backends.mood = FakeBackends::Mood::willing;
    DomainId domain = start();
    host.backends.mood = mood;
    run_task(host.loop, host.toolstack.destroy(domain));
    EXPECT_EQ(host.snapshot(), before);
    EXPECT_EQ(code_of([&] { run_task(host.loop, host.toolstack.destroy(domain)); }), ESRCH);
  }
  EXPECT_NE(host.script_log().find("block remove backend/vbd/1/51712\n"), std::string::npos);
  EXPECT_NE(host.script_log().find("vif-bridge offline type_if=vif vif1.0\n"), std::string::npos);
  EXPECT_EQ(code_of([&] { run_task(host.loop, host.toolstack.destroy(DomainId(0))); }), EINVAL);
}

TEST_F(LifecycleTest, NamesAndNumbers) {
  DomainId domain = start();
  EXPECT_EQ(host.toolstack.resolve("guest"), domain);
  EXPECT_EQ(host.toolstack.resolve("1"), domain);
  EXPECT_EQ(code_of([&] { host.toolstack.resolve("other"); }), ESRCH);
  EXPECT_EQ(code_of([&] { host.toolstack.resolve("77"); }), ESRCH);
  host.toolstack.rename(domain, "web");
  EXPECT_EQ(host.toolstack.name(domain), "web");
  EXPECT_EQ(code_of([&] { host.toolstack.rename(domain, "Domain-0"); }), EEXIST);
  EXPECT_EQ(code_of([&] { host.toolstack.rename(domain, "3"); }), EINVAL);
}

TEST_F(LifecycleTest, RequestsAreTakenOrWithdrawn) {
  DomainId domain = start();
  std::string path = domain_path(domain) + "/control/shutdown";
  EXPECT_EQ(code_of([&] { run_task(host.loop, host.toolstack.request(domain, PowerRequest::reboot)); }), ETIMEDOUT);
  EXPECT_EQ(host.node(path), "");
  MemoryStore guest(host.tree, domain);
  StoreWatch watch = guest.watch(host.loop, path, [&](const std::string&) {
    if (guest.find(path) == "poweroff") guest.write(path, "");
  });
  run_task(host.loop, host.toolstack.request(domain, PowerRequest::poweroff));
  end_guest(domain, ShutdownReason::poweroff);
  EXPECT_EQ(code_of([&] { run_task(host.loop, host.toolstack.request(domain, PowerRequest::poweroff)); }), EBUSY);
  EXPECT_EQ(run_task(host.loop, host.toolstack.wait_for_end(domain)).reason, ShutdownReason::poweroff);
}

TEST_F(LifecycleTest, WaitingSeesTheEnd) {
  DomainId domain = start();
  Task<DomainEnd> waiting = host.toolstack.wait_for_end(domain);
  waiting.start();
  while (host.loop.run_once(0ms)) {
  }
  EXPECT_FALSE(waiting.done());
  end_guest(domain, ShutdownReason::crash);
  run_until([&] { return waiting.done(); });
  DomainEnd end = waiting.get();
  EXPECT_FALSE(end.gone);
  EXPECT_EQ(end.reason, ShutdownReason::crash);
}

// Xenstoreds of other makes tell only that some domain has ended.
TEST_F(LifecycleTest, WaitingNeedsNoNewXenstored) {
  host.store.remove("/tool/xenstored/release-of-one");
  DomainId domain = start();
  Task<DomainEnd> waiting = host.toolstack.wait_for_end(domain);
  waiting.start();
  end_guest(domain, ShutdownReason::reboot);
  run_until([&] { return waiting.done(); });
  EXPECT_EQ(waiting.get().reason, ShutdownReason::reboot);
}

TEST_F(LifecycleTest, TheMonitorRestartsAndCleansUp) {
  DomainConfig config = host.config_with_devices();
  DomainId first = run_task(host.loop, host.toolstack.create(config));
  std::string mac = host.node(domain_path(first) + "/device/vif/0/mac");
  std::vector<std::string> lines;
  Task<> monitor = monitor_domain(host.toolstack, first, config, {}, [&](const std::string& line) { lines.push_back(line); });
  monitor.start();
  end_guest(first, ShutdownReason::reboot);
  run_until([&] { return host.toolstack.find("guest").value_or(first) != first && host.port.domain_count() == 2; });
  DomainId second = host.toolstack.resolve("guest");
  run_until([&] { return host.node(domain_path(second) + "/device/vif/0/mac") == mac; });
  run_until([&] { return !host.port.find(second)->paused; });
  end_guest(second, ShutdownReason::poweroff);
  run_until([&] { return monitor.done(); });
  monitor.get();
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(LifecycleTest, ARestartKeepsWhatWasChanged) {
  DomainConfig config = host.config();
  config.max_memory = KiB(16384);
  config.max_vcpus = 4;
  DomainId first = run_task(host.loop, host.toolstack.create(config));
  Task<> monitor = monitor_domain(host.toolstack, first, config, {}, [](const std::string&) {});
  monitor.start();
  host.toolstack.set_memory_target(first, KiB(8192));
  host.toolstack.set_memory_maximum(first, KiB(12288));
  host.toolstack.set_online_vcpus(first, 3);
  host.toolstack.rename(first, "web");
  end_guest(first, ShutdownReason::reboot);
  run_until([&] { return host.toolstack.find("web").value_or(first) != first; });
  DomainId second = host.toolstack.resolve("web");
  run_until([&] { return !host.port.find(second)->paused; });
  EXPECT_EQ(host.node(domain_path(second) + "/memory/target"), "8192");
  EXPECT_EQ(host.node(domain_path(second) + "/cpu/2/availability"), "online");
  EXPECT_EQ(host.node(domain_path(second) + "/cpu/3/availability"), "offline");
  EXPECT_EQ(host.toolstack.load_config(second)->max_memory, KiB(12288));
}

TEST_F(LifecycleTest, ACrashedDomainIsPreserved) {
  DomainConfig config = host.config();
  config.on_crash = ShutdownAction::rename_restart;
  DomainId first = run_task(host.loop, host.toolstack.create(config));
  Task<> monitor = monitor_domain(host.toolstack, first, config, {}, [](const std::string&) {});
  monitor.start();
  end_guest(first, ShutdownReason::crash);
  run_until([&] { return host.port.domain_count() == 3 && host.toolstack.find("guest"); });
  EXPECT_NE(host.toolstack.resolve("guest"), first);
  EXPECT_TRUE(host.toolstack.name(first).starts_with("guest-2"));
  EXPECT_EQ(preserved_name("guest", 0), "guest-19700101T0000Z");
}

TEST_F(LifecycleTest, MemoryAndProcessors) {
  DomainConfig config = host.config();
  config.max_memory = KiB(8192);
  config.max_vcpus = 4;
  DomainId domain = run_task(host.loop, host.toolstack.create(config));
  std::string root = domain_path(domain);
  host.toolstack.set_memory_target(domain, KiB(8192));
  EXPECT_EQ(host.node(root + "/memory/target"), "8192");
  EXPECT_EQ(host.port.find(domain)->max_pages, to_pages(pvh_memory_limit(KiB(8192))).value());
  EXPECT_EQ(code_of([&] { host.toolstack.set_memory_target(domain, KiB(8193)); }), EINVAL);
  EXPECT_EQ(code_of([&] { host.toolstack.set_memory_maximum(domain, KiB(4096)); }), EINVAL);
  host.toolstack.set_memory_maximum(domain, KiB(16384));
  EXPECT_EQ(host.node(root + "/memory/static-max"), "16384");
  host.toolstack.set_online_vcpus(domain, 3);
  EXPECT_EQ(host.node(root + "/cpu/2/availability"), "online");
  EXPECT_EQ(host.node(root + "/cpu/3/availability"), "offline");
  EXPECT_EQ(code_of([&] { host.toolstack.set_online_vcpus(domain, 5); }), EINVAL);
  EXPECT_EQ(code_of([&] { host.toolstack.set_online_vcpus(domain, 0); }), EINVAL);
}

}  // namespace
}  // namespace xenolith::tools
