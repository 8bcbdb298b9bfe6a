// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <filesystem>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/toolstack/fake_host.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

int code_of(FakeHost& host, DomainConfig config) {
  try {
    run_task(host.loop, host.toolstack.create(std::move(config)));
  } catch (const Error& error) {
    return error.code();
  }
  return 0;
}

TEST(Creation, NodesAndCounters) {
  FakeHost host;
  DomainId domain = run_task(host.loop, host.toolstack.create(host.config_with_devices()));
  EXPECT_FALSE(host.port.find(domain)->paused);
  std::string root = domain_path(domain);
  EXPECT_EQ(host.node(root + "/name"), "guest");
  EXPECT_EQ(host.node(root + "/memory/static-max"), "4096");
  EXPECT_EQ(host.node(root + "/memory/target"), "4096");
  EXPECT_EQ(host.node(root + "/cpu/0/availability"), "online");
  EXPECT_EQ(host.node(root + "/console/type"), "xenconsoled");
  EXPECT_EQ(host.node(root + "/console/port"), "2");
  EXPECT_EQ(host.node(root + "/store/port"), "1");
  EXPECT_EQ(host.node(private_path(domain) + "/type"), "pvh");
  std::string vm = host.node(root + "/vm");
  EXPECT_EQ(host.node(vm + "/name"), "guest");
  EXPECT_EQ("/vm/" + host.node(vm + "/uuid"), vm);
  EXPECT_TRUE(host.store.is_introduced(domain));
  EXPECT_EQ(host.node(root + "/device/vbd/51712/backend"), "/local/domain/0/backend/vbd/1/51712");
  EXPECT_EQ(host.node("/local/domain/0/backend/vbd/1/51712/frontend"), root + "/device/vbd/51712");
  EXPECT_NE(host.node(root + "/device/vif/0/mac"), "");
  std::string log = host.script_log();
  EXPECT_NE(log.find("block add backend/vbd/1/51712\n"), std::string::npos);
  EXPECT_NE(log.find("vif-bridge online type_if=vif vif1.0\n"), std::string::npos);
  EXPECT_TRUE(host.toolstack.load_config(domain));
}

TEST(Creation, SerialLine) {
  FakeHost host;
  DomainConfig config = host.config_with_devices();
  config.serial_line = true;
  DomainId domain = run_task(host.loop, host.toolstack.create(config));
  std::string line = domain_path(domain) + "/vuart/0";
  EXPECT_EQ(host.node(line + "/ring-ref"), "2");
  EXPECT_EQ(host.node(line + "/type"), "xenconsoled");
  EXPECT_EQ(host.node(line + "/backend"), "/local/domain/0/backend/vuart/1/0");
  MemoryStore guest(host.tree, domain);
  EXPECT_THROW(guest.write(line.substr(domain_path(domain).size() + 1) + "/port", "9"), Error);
  EXPECT_TRUE(host.toolstack.load_config(domain)->serial_line);
  run_task(host.loop, host.toolstack.destroy(domain));
  EXPECT_FALSE(host.store.exists(line));
  EXPECT_FALSE(host.store.exists("/local/domain/0/backend/vuart"));
}

// Whoever creates a domain of the same name at the same moment waits until the name is written, and then sees it.
TEST(Creation, OneOfManyWithOneNameSucceeds) {
  FakeHost host;
  auto locks = [&] {
    size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(host.toolstack.settings().state))
      count += file.path().extension() == ".lock" && file.path().filename().string().starts_with("name-");
    return count;
  };
  size_t held = 0;
  CreateOptions options;
  options.progress = [&](const std::string& step) {
    if (step == "setting limits") held = locks();
  };
  run_task(host.loop, host.toolstack.create(host.config_with_devices(), options));
  EXPECT_EQ(held, 1u);
  EXPECT_EQ(locks(), 0u);
  EXPECT_EQ(code_of(host, host.config_with_devices()), EEXIST);
  EXPECT_EQ(locks(), 0u);
}

TEST(Creation, TheGuestMayWriteWhatIsItsOwn) {
  FakeHost host;
  DomainId domain = run_task(host.loop, host.toolstack.create(host.config_with_devices()));
  MemoryStore guest(host.tree, domain);
  guest.write("data/x", "1");
  guest.write("control/shutdown", "");
  guest.write("device/vbd/51712/state", "3");
  EXPECT_THROW(guest.write("device/vbd/51712/../x", "3"), Error);
  EXPECT_THROW(guest.write("name", "other"), Error);
  EXPECT_THROW(guest.write("memory/target", "1"), Error);
  EXPECT_THROW(guest.write("console/tty", "/etc/passwd"), Error);
  EXPECT_THROW(guest.write("device/vif/0/mtu", "1"), Error);
  EXPECT_THROW(guest.write("/local/domain/0/backend/vbd/1/51712/state", "6"), Error);
  EXPECT_EQ(guest.read("/local/domain/0/backend/vbd/1/51712/state"), "2");
  EXPECT_THROW(guest.read(private_path(domain) + "/type"), Error);
}

TEST(Creation, WhatIsRefused) {
  FakeHost host;
  run_task(host.loop, host.toolstack.create(host.config("first")));
  std::string before = host.snapshot();
  EXPECT_EQ(code_of(host, host.config("first")), EEXIST);
  EXPECT_EQ(code_of(host, host.config("")), EINVAL);
  EXPECT_EQ(code_of(host, host.config("12")), EINVAL);
  EXPECT_EQ(code_of(host, host.config("a/b")), EINVAL);
  DomainConfig config = host.config();
  config.kernel = "/nonexistent";
  EXPECT_EQ(code_of(host, config), ENOENT);
  config = host.config();
  config.type = DomainType::pv;
  EXPECT_EQ(code_of(host, config), ENOTSUP);
  config = host.config();
  config.vcpus = 2;
  EXPECT_EQ(code_of(host, config), EINVAL);
  config = host.config();
  config.pool = "nowhere";
  EXPECT_EQ(code_of(host, config), EINVAL);
  config = host.config_with_devices();
  config.disks.push_back(config.disks[0]);
  EXPECT_EQ(code_of(host, config), EINVAL);
  config = host.config_with_devices();
  config.vifs[0].backend.name = "no-such-domain";
  EXPECT_EQ(code_of(host, config), ESRCH);
  EXPECT_EQ(host.snapshot(), before);
}

TEST(Creation, EachStepThatFailsLeavesNothing) {
  FakeHost host;
  std::string before = host.snapshot();
  unsigned step = 0;
  while (true) {
    FailureSchedule schedule(++step);
    int code = code_of(host, host.config_with_devices());
    if (FailureSchedule::passed() < step) break;
    if (code == 0) continue;
    EXPECT_EQ(code, EIO);
    EXPECT_EQ(host.snapshot(), before) << "step " << step;
  }
  EXPECT_GT(step, 15u);
}

TEST(Creation, EachHypercallThatFailsLeavesNothing) {
  FakeHost host;
  std::string before = host.snapshot();
  for (unsigned call = 1; call < 200; ++call) {
    host.port.fail_call(call, ENOMEM);
    int code = code_of(host, host.config_with_devices());
    host.port.fail_call(0, 0);
    if (code == 0) return;
    EXPECT_EQ(host.snapshot(), before) << "call " << call;
  }
  FAIL() << "creation never succeeded";
}

TEST(Creation, CancelledAtEachMomentLeavesNothing) {
  FakeHost host;
  std::string before = host.snapshot();
  for (int turns = 0; turns < 1000; turns += 1 + turns / 12) {
    bool complete = false;
    {
      Task<DomainId> creation = host.toolstack.create(host.config_with_devices());
      creation.start();
      for (int turn = 0; turn < turns && !creation.done(); ++turn) host.loop.run_once(1s);
      complete = creation.done();
    }
    if (complete) return;
    run_task(host.loop, host.toolstack.settle());
    ASSERT_EQ(host.snapshot(), before) << "after " << turns << " turns";
  }
  FAIL() << "creation never ended";
}

TEST(Creation, AScriptThatFailsIsQuoted) {
  FakeHost host;
  host.write_script("block", "exit 3");
  std::string before = host.snapshot();
  try {
    run_task(host.loop, host.toolstack.create(host.config_with_devices()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("block add"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("status 3"), std::string::npos) << error.what();
  }
  EXPECT_EQ(host.snapshot(), before);
}

TEST(Creation, BackendsThatDoNotPlay) {
  for (auto mood : {FakeBackends::Mood::absent, FakeBackends::Mood::refusing}) {
    FakeHost host([](ToolstackSettings& settings) { settings.backend_start = 60ms; });
    host.backends.mood = mood;
    std::string before = host.snapshot();
    EXPECT_EQ(code_of(host, host.config_with_devices()), mood == FakeBackends::Mood::absent ? ETIMEDOUT : EIO);
    EXPECT_EQ(host.snapshot(), before);
  }
}

TEST(Creation, StaysPausedWhenAsked) {
  FakeHost host;
  std::vector<std::string> steps;
  DomainId console{};
  CreateOptions options;
  options.paused = true;
  options.progress = [&](const std::string& step) { steps.push_back(step); };
  options.console_ready = [&](DomainId domain) { console = domain; };
  DomainId domain = run_task(host.loop, host.toolstack.create(host.config(), options));
  EXPECT_TRUE(host.port.find(domain)->paused);
  EXPECT_EQ(console, domain);
  EXPECT_GT(steps.size(), 4u);
}

}  // namespace
}  // namespace xenolith::tools
