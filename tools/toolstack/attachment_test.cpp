// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tools/base/error.hpp"
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

class AttachmentTest : public testing::Test {
 protected:
  explicit AttachmentTest(EventLoop::Clock::duration patience = 20s)
      : host([patience](ToolstackSettings& settings) {
          settings.backend_end = std::chrono::duration_cast<std::chrono::milliseconds>(patience);
        }),
        domain(run_task(host.loop, host.toolstack.create(host.config()))), before(host.snapshot()) {
    disk.target = host.folder / "disk.img";
    disk.vdev = "xvdb";
  }
  Device attach() { return run_task(host.loop, host.toolstack.attach(domain, disk)); }

  FakeHost host;
  DomainId domain;
  std::string before;
  DiskConfig disk;
};

TEST_F(AttachmentTest, DisksComeAndGo) {
  Device device = attach();
  EXPECT_EQ(host.toolstack.devices(domain, DeviceKind::vbd), std::vector<Device>{device});
  EXPECT_EQ(host.toolstack.detail(device, "params"), disk.target);
  EXPECT_EQ(host.toolstack.load_config(domain)->disks.size(), 1u);
  EXPECT_EQ(code_of([&] { attach(); }), EEXIST);
  EXPECT_TRUE(host.toolstack.find_device(domain, DeviceKind::vbd, device.id));
  run_task(host.loop, host.toolstack.detach(device));
  EXPECT_EQ(host.snapshot(), before);
  EXPECT_EQ(code_of([&] { run_task(host.loop, host.toolstack.detach(device)); }), ENXIO);
}

TEST_F(AttachmentTest, NetworksAreNumberedAndFoundByAddress) {
  Device first = run_task(host.loop, host.toolstack.attach(domain, VifConfig{}));
  VifConfig vif;
  vif.mac = MacAddress::parse("00:16:3e:01:02:03");
  Device second = run_task(host.loop, host.toolstack.attach(domain, vif));
  EXPECT_EQ(first.id, 0);
  EXPECT_EQ(second.id, 1);
  EXPECT_EQ(host.toolstack.find_vif(domain, "00:16:3e:01:02:03"), second);
  EXPECT_EQ(host.toolstack.find_vif(domain, "0"), first);
  EXPECT_FALSE(host.toolstack.find_vif(domain, "7"));
}

class ImpatientAttachmentTest : public AttachmentTest {
 protected:
  ImpatientAttachmentTest() : AttachmentTest(100ms) {}
};

TEST_F(ImpatientAttachmentTest, ADeviceInUseStaysUnlessForced) {
  Device device = attach();
  host.backends.mood = FakeBackends::Mood::clinging;
  EXPECT_EQ(code_of([&] { run_task(host.loop, host.toolstack.detach(device)); }), ETIMEDOUT);
  EXPECT_TRUE(host.toolstack.find_device(domain, DeviceKind::vbd, device.id));
  run_task(host.loop, host.toolstack.detach(device, true));
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(AttachmentTest, AFailedScriptLeavesNothing) {
  host.write_script("block", "[ $1 = remove ]");
  EXPECT_EQ(code_of([&] { attach(); }), EIO);
  EXPECT_EQ(host.snapshot(), before);
}

TEST_F(AttachmentTest, CancelledAtEachMomentLeavesNothing) {
  for (int turns = 0; turns < 100; ++turns) {
    bool complete = false;
    {
      Task<Device> attachment = host.toolstack.attach(domain, disk);
      attachment.start();
      for (int turn = 0; turn < turns && !attachment.done(); ++turn) host.loop.run_once(1s);
      complete = attachment.done();
    }
    if (complete) return;
    run_task(host.loop, host.toolstack.settle());
    ASSERT_EQ(host.snapshot(), before) << "after " << turns << " turns";
  }
  FAIL() << "attaching never ended";
}

}  // namespace
}  // namespace xenolith::tools
