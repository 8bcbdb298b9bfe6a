// SPDX-License-Identifier: MIT
#include "tools/toolstack/device_nodes.hpp"

#include <gtest/gtest.h>

#include <map>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

using Map = std::map<std::string, std::string>;

Map map_of(const Nodes& nodes) { return {nodes.begin(), nodes.end()}; }

TEST(DeviceNodes, ADiskOfTheKernelsBackend) {
  DiskConfig disk;
  disk.target = "/dev/vg/root";
  disk.vdev = "xvda";
  disk.backend_type = DiskBackend::phy;
  DeviceNodes nodes = disk_nodes(DomainId(5), disk, "/etc/xen/scripts");
  EXPECT_EQ(backend_path(nodes.device), "/local/domain/0/backend/vbd/5/51712");
  Map back{{"frontend-id", "5"}, {"online", "1"}, {"state", "1"}, {"params", "/dev/vg/root"},
           {"script", "/etc/xen/scripts/block"}, {"removable", "0"}, {"bootable", "1"}, {"dev", "xvda"}, {"type", "phy"},
           {"mode", "w"}, {"device-type", "disk"}, {"discard-enable", "1"}, {"specification", "xen"}};
  EXPECT_EQ(map_of(nodes.backend), back);
  Map front{{"backend-id", "0"}, {"state", "1"}, {"virtual-device", "51712"}, {"device-type", "disk"}, {"trusted", "1"}};
  EXPECT_EQ(map_of(nodes.frontend), front);
}

TEST(DeviceNodes, ADiskOfQemu) {
  DiskConfig disk;
  disk.target = "/images/a.qcow2";
  disk.format = DiskFormat::qcow2;
  disk.vdev = "sdb1";
  disk.backend_type = DiskBackend::qdisk;
  disk.backend.id = DomainId(3);
  disk.writable = false;
  disk.cdrom = disk.removable = true;
  DeviceNodes nodes = disk_nodes(DomainId(5), disk, "/etc/xen/scripts");
  EXPECT_EQ(backend_path(nodes.device), "/local/domain/3/backend/qdisk/5/2065");
  Map back = map_of(nodes.backend);
  EXPECT_EQ(back["params"], "qcow2:/images/a.qcow2");
  EXPECT_EQ(back.count("script"), 0u);
  EXPECT_EQ(back["type"], "qdisk");
  EXPECT_EQ(back["mode"], "r");
  EXPECT_EQ(back["device-type"], "cdrom");
  EXPECT_EQ(back["discard-enable"], "0");
  EXPECT_EQ(map_of(nodes.frontend)["backend-id"], "3");
}

TEST(DeviceNodes, ANetworkDevice) {
  VifConfig vif;
  vif.devid = 2;
  vif.interface_name = "web";
  vif.ip = "10.0.0.2";
  vif.mtu = 9000;
  vif.rate = VifRate{50000, 50000};
  complete_vif(vif);
  vif.mac = MacAddress::parse("00:16:3e:00:00:01");
  DeviceNodes nodes = vif_nodes(DomainId(5), vif, "/s");
  Map back{{"frontend-id", "5"}, {"online", "1"}, {"state", "1"}, {"script", "/s/vif-bridge"}, {"vifname", "web"},
           {"mac", "00:16:3e:00:00:01"}, {"ip", "10.0.0.2"}, {"rate", "50000,50000"}, {"mtu", "9000"}, {"bridge", "xenbr0"},
           {"handle", "2"}, {"type", "vif"}, {"hotplug-status", ""}};
  EXPECT_EQ(map_of(nodes.backend), back);
  Map front{{"backend-id", "0"}, {"state", "1"}, {"handle", "2"}, {"mac", "00:16:3e:00:00:01"}, {"trusted", "1"}};
  EXPECT_EQ(map_of(nodes.frontend), front);
  EXPECT_EQ(map_of(nodes.read_only_frontend), (Map{{"mtu", "9000"}}));
}

TEST(DeviceNodes, ThePrimaryConsole) {
  DeviceNodes nodes = console_nodes(DomainId(5), {DomainId(0), Gfn(0xfeffd), Port(2)});
  EXPECT_EQ(frontend_path(nodes.device), "/local/domain/5/console");
  Map fixed{{"limit", "1048576"}, {"type", "xenconsoled"}, {"output", "pty"}, {"tty", ""}, {"port", "2"}, {"ring-ref", "1044477"}};
  EXPECT_EQ(map_of(nodes.read_only_frontend), fixed);
  EXPECT_EQ(map_of(nodes.frontend), (Map{{"backend-id", "0"}}));
}

TEST(DeviceNodes, TheSerialLine) {
  DeviceNodes nodes = serial_line_nodes(DomainId(5), {DomainId(0), Gfn(0x39003), Port(4)});
  EXPECT_EQ(frontend_path(nodes.device), "/local/domain/5/vuart/0");
  EXPECT_EQ(backend_path(nodes.device), "/local/domain/0/backend/vuart/5/0");
  Map back{{"frontend-id", "5"}, {"online", "1"}, {"state", "1"}, {"protocol", "vt100"}};
  EXPECT_EQ(map_of(nodes.backend), back);
  Map fixed{{"limit", "1048576"}, {"type", "xenconsoled"}, {"port", "4"}, {"ring-ref", "233475"}};
  EXPECT_EQ(map_of(nodes.read_only_frontend), fixed);
  EXPECT_TRUE(nodes.frontend.empty());
}

TEST(DeviceNodes, Channels) {
  ChannelConfig channel;
  channel.devid = 1;
  channel.name = "agent";
  EXPECT_THROW(channel_nodes(DomainId(5), channel), Error);
  channel.connection = ChannelConnection::socket;
  EXPECT_THROW(channel_nodes(DomainId(5), channel), Error);
  channel.path = "/run/agent";
  DeviceNodes nodes = channel_nodes(DomainId(5), channel);
  EXPECT_EQ(frontend_path(nodes.device), "/local/domain/5/device/console/1");
  EXPECT_EQ(map_of(nodes.read_only_frontend)["output"], "chardev:libxl-channel1");
  EXPECT_EQ(map_of(nodes.backend)["path"], "/run/agent");
  channel.name.clear();
  EXPECT_THROW(channel_nodes(DomainId(5), channel), Error);
}

}  // namespace
}  // namespace xenolith::tools
