// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <signal.h>

#include "tools/base/error.hpp"
#include "tools/toolstack/fake_host.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

class DeviceModelTest : public testing::Test {
 protected:
  DomainConfig config() {
    DomainConfig result = host.config();
    DiskConfig disk;
    disk.target = host.folder / "disk.img";
    disk.vdev = "xvda";
    disk.format = DiskFormat::qcow2;
    result.disks.push_back(disk);
    return result;
  }
  std::string error_of(DomainConfig wanted) {
    try {
      run_task(host.loop, host.toolstack.create(std::move(wanted)));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  // A process that has ended but that nobody has waited for yet is not alive.
  bool alive(pid_t pid) const {
    std::ifstream file(fmt::format("/proc/{}/stat", pid));
    std::string text(std::istreambuf_iterator<char>(file), {});
    size_t state = text.rfind(") ");
    return state != std::string::npos && text[state + 2] != 'Z';
  }
  bool ends(pid_t pid) {
    auto deadline = EventLoop::Clock::now() + std::chrono::seconds(20);
    while (alive(pid) && EventLoop::Clock::now() < deadline) host.loop.run_once(std::chrono::milliseconds(5));
    return !alive(pid);
  }

  FakeHost host;
  std::string before = host.snapshot();
};

TEST_F(DeviceModelTest, StartsWithTheGuestAndEndsWithIt) {
  DomainId domain = run_task(host.loop, host.toolstack.create(config()));
  EXPECT_EQ(host.node("/local/domain/0/backend/qdisk/1/51712/params"), "qcow2:" + (host.folder / "disk.img").string());
  pid_t pid = static_cast<pid_t>(std::stol(host.node(domain_path(domain) + "/image/device-model-pid")));
  EXPECT_TRUE(alive(pid));
  run_task(host.loop, host.toolstack.destroy(domain));
  EXPECT_TRUE(ends(pid));
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(DeviceModelTest, AnotherProcessOfThatNumberIsNotKilled) {
  DomainId domain = run_task(host.loop, host.toolstack.create(host.config()));
  host.store.write(domain_path(domain) + "/image/device-model-pid", std::to_string(::getpid()));
  run_task(host.loop, host.toolstack.destroy(domain));
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(DeviceModelTest, ItsLastWordsAreQuoted) {
  host.backends.qemu_works = false;
  host.write_script("../qemu", "echo cannot open it >&2; exit 1");
  EXPECT_NE(error_of(config()).find("cannot open it"), std::string::npos);
  EXPECT_EQ(host.snapshot(), before);
}

TEST(DeviceModel, OneThatHangsIsKilled) {
  FakeHost host([](ToolstackSettings& settings) { settings.device_model_start = settings.backend_start = 50ms; });
  host.backends.qemu_works = false;
  std::string before = host.snapshot();
  DomainConfig config = host.config_with_devices();
  config.disks[0].format = DiskFormat::qcow2;
  EXPECT_THROW(run_task(host.loop, host.toolstack.create(config)), Error);
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(DeviceModelTest, StartsForTheFirstDiskThatIsAttached) {
  DomainId domain = run_task(host.loop, host.toolstack.create(host.config()));
  run_task(host.loop, host.toolstack.attach(domain, config().disks[0]));
  EXPECT_NE(host.node(domain_path(domain) + "/image/device-model-pid"), "");
  run_task(host.loop, host.toolstack.destroy(domain));
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(DeviceModelTest, ChannelsGetTheirSockets) {
  host.write_script("../qemu", "echo \"$*\" >>" + (host.folder / "scripts.log").string() + "\nwhile :; do sleep 0.02; done");
  DomainConfig wanted = host.config();
  ChannelConfig channel;
  channel.name = "agent";
  channel.connection = ChannelConnection::socket;
  channel.path = "/run/agent";
  wanted.channels.push_back(channel);
  run_task(host.loop, host.toolstack.create(wanted));
  for (int turn = 0; turn < 1000 && host.script_log().empty(); ++turn) host.loop.run_once(10ms);
  EXPECT_NE(host.script_log().find("-chardev socket,id=libxl-channel1,path=/run/agent,server=on,wait=off"), std::string::npos)
      << host.script_log();
  run_task(host.loop, host.toolstack.destroy(DomainId(1)));
  EXPECT_EQ(host.snapshot(), before);
}

}  // namespace
}  // namespace xenolith::tools
