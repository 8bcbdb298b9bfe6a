// SPDX-License-Identifier: MIT
#include "tools/devd/backend_daemon.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <fstream>

#include "tools/base/child_process.hpp"
#include "tools/base/error.hpp"
#include "tools/base/process.hpp"
#include "tools/toolstack/fake_host.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

// dom0 with a driver domain "storage", whose kernel and devd serve a guest.
class BackendDaemonTest : public testing::Test {
 protected:
  BackendDaemonTest() : empty(host.snapshot()), storage(make_storage()), kernel(host.loop, host.tree, storage), store(host.tree, storage) {
    before = host.snapshot();
  }

  DomainId make_storage() {
    DomainConfig config = host.config("storage");
    config.driver_domain = true;
    return run_task(host.loop, host.toolstack.create(config));
  }
  DomainConfig guest_config(DiskFormat format = DiskFormat::raw) const {
    DomainConfig config = host.config_with_devices();
    config.disks[0].backend.name = config.vifs[0].backend.name = "storage";
    config.disks[0].format = format;
    if (format == DiskFormat::raw) config.disks[0].backend_type = DiskBackend::phy;
    return config;
  }
  std::unique_ptr<BackendDaemon> make_daemon() {
    ToolstackSettings settings = host.settings;
    settings.own_domain = storage;
    auto daemon = std::make_unique<BackendDaemon>(
        host.loop, store, settings, [this](const std::string& line) { log += line + "\n"; },
        [this](DomainId guest, const DiskRing& ring) {
          failed.push_back(fmt::format("{} {} {}", guest, ring.pages.at(0), ring.port));
          return 1;
        });
    daemon->start();
    return daemon;
  }
  std::string error_of(DomainConfig config) {
    try {
      run_task(host.loop, host.toolstack.create(std::move(config)));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  template <typename F>
  void run_until(F&& condition) {
    auto deadline = EventLoop::Clock::now() + 30s;
    while (!condition() && EventLoop::Clock::now() < deadline) host.loop.run_once(10ms);
    ASSERT_TRUE(condition()) << log;
  }
  std::string backend(const char* rest) const { return domain_path(storage) + "/backend/" + rest; }

  FakeHost host;
  std::string empty;
  DomainId storage;
  FakeBackends kernel;
  MemoryStore store;  // as the driver domain sees it, with its permissions
  std::string before, log;
  std::vector<std::string> failed;  // the rings whose requests were answered with errors
};

TEST_F(BackendDaemonTest, ServesAGuestFromItsStartToItsEnd) {
  auto daemon = make_daemon();
  ASSERT_EQ(error_of(guest_config()), "") << log;
  EXPECT_EQ(host.node(backend("vbd/2/51712/hotplug-status")), "connected");
  EXPECT_NE(host.script_log().find("block add backend/vbd/2/51712\n"), std::string::npos);
  EXPECT_NE(host.script_log().find("vif-bridge online type_if=vif vif2.0\n"), std::string::npos);
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  EXPECT_NE(host.script_log().find("block remove backend/vbd/2/51712\n"), std::string::npos);
  EXPECT_EQ(host.snapshot(), before) << log;
}

TEST_F(BackendDaemonTest, WithoutItCreationFailsAndLeavesNothing) {
  ToolstackSettings settings = host.settings;
  settings.script = settings.backend_end = 50ms;
  Toolstack hasty(host.loop, host.hypervisor, host.store, settings, host.builder());
  try {
    run_task(host.loop, hasty.create(guest_config()));
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("no devd in domain 1"), std::string::npos) << error.what();
  }
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(BackendDaemonTest, AScriptThatFailsIsToldInDom0) {
  auto daemon = make_daemon();
  host.write_script("block", "[ $1 = remove ]");
  EXPECT_NE(error_of(guest_config()).find("ended with status 1"), std::string::npos) << log;
  EXPECT_EQ(host.snapshot(), before) << log;
}

TEST_F(BackendDaemonTest, RestartedAtEachMomentItLosesNothing) {
  for (int turns = 0; turns < 200; ++turns) {
    auto daemon = make_daemon();
    Task<DomainId> creation = host.toolstack.create(guest_config());
    creation.start();
    for (int turn = 0; turn < turns && !creation.done(); ++turn) host.loop.run_once(1s);
    bool complete = creation.done();
    daemon.reset();
    daemon = make_daemon();
    run_until([&] { return creation.done(); });
    DomainId guest = creation.get();
    Task<> end = host.toolstack.destroy(guest);
    end.start();
    for (int turn = 0; turn < turns && !end.done(); ++turn) host.loop.run_once(1s);
    daemon.reset();
    daemon = make_daemon();
    run_until([&] { return end.done(); });
    end.get();
    ASSERT_EQ(host.snapshot(), before) << turns << " turns\n" << log;
    if (complete) return;
  }
  FAIL() << "creation never ended";
}

// A devd that was killed leaves a script, which goes on.
TEST_F(BackendDaemonTest, APredecessorsScriptIsWaitedFor) {
  std::filesystem::path mark = host.folder / "predecessor-done";
  Command command;
  command.arguments = {"/bin/sh", "-c", "sleep 0.3; : >" + mark.string()};
  ChildProcess predecessor(command);
  std::ofstream(host.settings.run + "/hotplug-vbd-2-51712.pid") << predecessor.pid() << ' ' << process_start(predecessor.pid());
  host.write_script("block", "[ $1 = remove ] || [ -e " + mark.string() + " ]");
  auto daemon = make_daemon();
  EXPECT_EQ(error_of(guest_config()), "") << log;
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  std::filesystem::remove(mark);
  EXPECT_EQ(host.snapshot(), before) << log;
}

TEST_F(BackendDaemonTest, QemuServesAndEnds) {
  auto daemon = make_daemon();
  DomainConfig config = guest_config(DiskFormat::qcow2);
  ASSERT_EQ(error_of(config), "") << log;
  std::string pid_path = domain_path(storage) + "/libxl/2/qdisk-backend-pid";
  pid_t pid = static_cast<pid_t>(std::stol(host.node(pid_path)));
  EXPECT_EQ(::kill(pid, 0), 0);
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  run_until([&] { return host.node(pid_path).empty() && ::kill(pid, 0) != 0; });
  run_until([&] { return host.snapshot() == before; });
}

TEST_F(BackendDaemonTest, AQemuThatDiesIsReplacedOrItsConnectionsFail) {
  auto daemon = make_daemon();
  ASSERT_EQ(error_of(guest_config(DiskFormat::qcow2)), "") << log;
  std::string pid_path = domain_path(storage) + "/libxl/2/qdisk-backend-pid";
  std::string first = host.node(pid_path);
  ::kill(static_cast<pid_t>(std::stol(first)), SIGKILL);
  run_until([&] { return host.node(pid_path) != first && !host.node(pid_path).empty(); });
  host.store.write(backend("qdisk/2/51712/state"), "4");
  std::string second = host.node(pid_path);
  run_until([&] { return log.find("running", log.find("has ended")) != std::string::npos; });
  ::kill(static_cast<pid_t>(std::stol(second)), SIGKILL);
  run_until([&] { return host.node(backend("qdisk/2/51712/state")) == "6"; });
  EXPECT_EQ(host.node(backend("qdisk/2/51712/hotplug-error")), "qemu has ended");
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  run_until([&] { return host.snapshot() == before; });
}

TEST_F(BackendDaemonTest, RequestsOfADeadQemuAreAnswered) {
  auto daemon = make_daemon();
  ASSERT_EQ(error_of(guest_config(DiskFormat::qcow2)), "") << log;
  run_until([&] { return log.find("running") != std::string::npos; });
  std::string frontend = domain_path(DomainId(2)) + "/device/vbd/51712";
  for (auto [name, value] : {std::pair("ring-ref", "8"), {"event-channel", "5"}, {"protocol", "x86_64-abi"}, {"state", "4"}})
    host.store.write(frontend + "/" + name, value);
  host.store.write(backend("qdisk/2/51712/state"), "4");
  ::kill(static_cast<pid_t>(std::stol(host.node(domain_path(storage) + "/libxl/2/qdisk-backend-pid"))), SIGKILL);
  run_until([&] { return host.node(backend("qdisk/2/51712/state")) == "6"; });
  EXPECT_TRUE(failed.empty());  // the guest may still make requests
  host.store.write(frontend + "/state", "6");
  run_until([&] { return !failed.empty(); });
  EXPECT_EQ(failed, std::vector<std::string>{"2 8 5"});
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  run_until([&] { return host.snapshot() == before; });
}

// Debian's qemu takes only devices that are in their first state.
TEST_F(BackendDaemonTest, AnotherQemuFindsDevicesAsTheFirstDid) {
  auto daemon = make_daemon();
  ASSERT_EQ(error_of(guest_config(DiskFormat::qcow2)), "") << log;
  std::string pid_path = domain_path(storage) + "/libxl/2/qdisk-backend-pid";
  ASSERT_EQ(host.node(backend("qdisk/2/51712/state")), "2");
  kernel.qemu_works = false;
  ::kill(static_cast<pid_t>(std::stol(host.node(pid_path))), SIGKILL);
  run_until([&] { return host.node(backend("qdisk/2/51712/state")) == "1"; });
  kernel.qemu_works = true;
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  run_until([&] { return host.snapshot() == before; });
}

TEST_F(BackendDaemonTest, AQemuThatDiedWhileNobodyLookedIsSeen) {
  auto daemon = make_daemon();
  ASSERT_EQ(error_of(guest_config(DiskFormat::qcow2)), "") << log;
  run_until([&] { return log.find("running") != std::string::npos; });
  host.store.write(backend("qdisk/2/51712/state"), "4");
  daemon.reset();
  pid_t pid = static_cast<pid_t>(std::stol(host.node(domain_path(storage) + "/libxl/2/qdisk-backend-pid")));
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  daemon = make_daemon();
  run_until([&] { return host.node(backend("qdisk/2/51712/hotplug-error")) == "qemu has ended"; });
  EXPECT_EQ(host.node(backend("qdisk/2/51712/state")), "6");
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  run_until([&] { return host.snapshot() == before; });
}

TEST_F(BackendDaemonTest, TheDriverDomainGoesFirst) {
  auto daemon = make_daemon();
  ASSERT_EQ(error_of(guest_config()), "") << log;
  daemon.reset();
  run_task(host.loop, host.toolstack.destroy(storage));
  auto disk = host.toolstack.find_device(DomainId(2), DeviceKind::vbd, 51712);
  ASSERT_TRUE(disk);
  run_task(host.loop, host.toolstack.detach(*disk));
  run_task(host.loop, host.toolstack.destroy(DomainId(2)));
  EXPECT_EQ(host.snapshot(), empty);
}

TEST(BackendDaemon, InDom0ServesOnlyWhatTheToolstackLeavesToIt) {
  FakeHost own, left([](ToolstackSettings& settings) { settings.run_hotplug_scripts = false; });
  for (FakeHost* host : {&own, &left}) {
    std::string log, before = host->snapshot();
    ToolstackSettings settings = host->settings;
    settings.run_hotplug_scripts = true;
    BackendDaemon daemon(host->loop, host->store, settings, [&](const std::string& line) { log += line + "\n"; });
    daemon.start();
    run_task(host->loop, host->toolstack.create(host->config_with_devices()));
    EXPECT_EQ(log.empty(), host == &own) << log;
    std::string lines = host->script_log();
    EXPECT_EQ(lines.find("block add"), lines.rfind("block add"));
    EXPECT_NE(lines.find("block add"), std::string::npos);
    run_task(host->loop, host->toolstack.destroy(DomainId(1)));
    EXPECT_EQ(host->snapshot(), before) << log;
  }
}

}  // namespace
}  // namespace xenolith::tools
