// SPDX-License-Identifier: MIT
// A driver domain is destroyed while its guest's disk is connected.
#include <gtest/gtest.h>

#include "tools/base/error.hpp"
#include "tools/control/interface.hpp"
#include "tools/toolstack/device_record.hpp"
#include "tools/toolstack/fake_host.hpp"
#include "tools/toolstack/served_disks.hpp"

extern "C" {
#include <xen/io/ring.h>

#include <xen/io/blkif.h>
}

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

class ServedDisksTest : public testing::Test {
 protected:
  ServedDisksTest() : storage(make_storage()), kernel(host.loop, host.tree, storage) {
    devd = host.store.watch(host.loop, domain_path(storage) + "/backend", [this](const std::string& path) { plug(path); });
    DomainConfig config = host.config_with_devices();
    config.vifs.clear();
    config.disks[0].backend.name = "storage";
    config.disks[0].backend_type = DiskBackend::phy;
    guest = run_task(host.loop, host.toolstack.create(config));
    disk = host.toolstack.devices(guest, DeviceKind::vbd).at(0);
    host.store.write(backend_path(disk) + "/state", "4");
    Gfn frame[] = {Gfn(2)};
    host.hypervisor.memory.populate(guest, frame, 0);
    grant(5, 2, storage);
    describe("", "5");
  }
  DomainId make_storage() {
    DomainConfig config = host.config("storage");
    config.driver_domain = true;
    return run_task(host.loop, host.toolstack.create(config));
  }
  void plug(const std::string& path) {
    auto device = device_of_backend(path);
    std::string directory = device ? backend_path(*device) : "";
    if (device && host.store.exists(directory) && !host.store.exists(directory + "/hotplug-status"))
      host.store.write(directory + "/hotplug-status", "connected");
  }

  // What the guest does.
  void grant(uint32_t reference, uint32_t frame, DomainId to) {
    ForeignPages table = host.hypervisor.memory.map_grant_table(guest, PageCount(1));
    table.as<grant_entry_v1>()[reference] = {GTF_permit_access, to.value(), frame};
  }
  void describe(const std::string& queue, const std::string& reference) {
    std::string frontend = frontend_path(disk);
    for (auto [name, value] : {std::pair(queue + "/ring-ref", reference.c_str()), {queue + "/event-channel", "9"},
                               {"/protocol", "x86_64-abi"}, {"/state", "4"}})
      host.store.write(frontend + name, value);
  }
  void ask(uint64_t id) {
    ForeignPages page = host.hypervisor.memory.map(guest, Gfn(2));
    auto& ring = *page.as<blkif_sring>();
    blkif_request& request = ring.ring[ring.req_prod % 32].req;
    request = {};
    request.operation = BLKIF_OP_WRITE;
    request.id = id;
    ++ring.req_prod;
  }
  // How many answers there are, all of them errors.
  unsigned errors() {
    ForeignPages page = host.hypervisor.memory.map(guest, Gfn(2), false);
    auto& ring = *page.as<blkif_sring>();
    for (unsigned i = 0; i < ring.rsp_prod; ++i) EXPECT_EQ(ring.ring[i].rsp.status, BLKIF_RSP_ERROR);
    return ring.rsp_prod;
  }
  void destroy_storage() { run_task(host.loop, host.toolstack.destroy(storage)); }

  FakeHost host{[](ToolstackSettings& settings) { settings.backend_end = 100ms; }};
  DomainId storage;
  FakeBackends kernel;
  StoreWatch devd, frontend;
  DomainId guest;
  Device disk;
};

// Also what it asks until it has closed.
TEST_F(ServedDisksTest, RequestsOnTheirWayEndWithErrors) {
  ask(7);
  std::string state = backend_path(disk) + "/state";
  frontend = host.store.watch(host.loop, state, [this, state](const std::string&) {
    if (host.node(state) != "6" || host.node(frontend_path(disk) + "/state") == "6") return;
    ask(8);
    host.store.write(frontend_path(disk) + "/state", "6");
  });
  destroy_storage();
  EXPECT_EQ(errors(), 2u);
  EXPECT_EQ(host.port.mappings(), 0u);
}

TEST_F(ServedDisksTest, EachQueueAndAGuestThatDoesNotClose) {
  host.store.write(frontend_path(disk) + "/multi-queue-num-queues", "2");
  describe("/queue-1", "5");
  ask(7);
  destroy_storage();
  EXPECT_EQ(errors(), 1u);
}

TEST_F(ServedDisksTest, PausedGuestsAreNotWaitedFor) {
  host.toolstack.pause(guest);
  ask(7);
  auto began = EventLoop::Clock::now();
  destroy_storage();
  EXPECT_LT(EventLoop::Clock::now() - began, host.settings.backend_end);
  EXPECT_EQ(errors(), 1u);
}

// Nothing is written to pages that the driver domain could not write.
TEST_F(ServedDisksTest, OnlyWhatWasGrantedIsWritten) {
  ask(7);
  for (const char* reference : {"6", "99999", "x"}) {
    describe("", reference);
    host.store.write(backend_path(disk) + "/state", "4");
    run_task(host.loop, fail_served_disks(host.loop, host.hypervisor, host.store, host.settings, storage));
    EXPECT_EQ(errors(), 0u) << reference;
  }
  describe("", "5");
  grant(5, 2, DomainId(0));
  destroy_storage();
  EXPECT_EQ(errors(), 0u);
  EXPECT_FALSE(host.port.find(storage));
}

}  // namespace
}  // namespace xenolith::tools
