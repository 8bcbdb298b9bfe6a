// SPDX-License-Identifier: MIT
#include "tools/config/device_spec.hpp"

#include <gtest/gtest.h>

#include "tools/config/test_expect.hpp"

namespace xenolith::tools {
namespace {

const DiskConfig volume{.target = "/dev/vg/guest", .vdev = "xvda"};

TEST(DiskSpec, TheSameDiskInAllForms) {
  for (const char* spec :
       {"/dev/vg/guest,,xvda", "/dev/vg/guest,raw,xvda,rw", "raw:/dev/vg/guest,xvda,w", "phy:/dev/vg/guest,xvda,w",
        "format=raw, vdev=xvda, access=rw, target=/dev/vg/guest", "tap:aio:/dev/vg/guest,xvda,w",
        "vdev=xvda,target=/dev/vg/guest", "/dev/vg/guest,vdev=xvda", "file:/dev/vg/guest,xvda:disk,w"})
    EXPECT_EQ(parse_disk(spec), volume) << spec;
}

TEST(DiskSpec, Cdroms) {
  DiskConfig image{.target = "/images/i.iso", .vdev = "hdc", .writable = false, .removable = true, .cdrom = true};
  for (const char* spec :
       {"/images/i.iso,,hdc,cdrom", "/images/i.iso,,hdc,,cdrom", "/images/i.iso,raw,hdc,devtype=cdrom",
        "format=raw, vdev=hdc, access=ro, devtype=cdrom, target=/images/i.iso", "raw:/images/i.iso,hdc:cdrom,ro"})
    EXPECT_EQ(parse_disk(spec), image) << spec;
  DiskConfig empty{.format = DiskFormat::empty, .vdev = "hdc", .writable = false, .removable = true, .cdrom = true};
  for (const char* spec : {",hdc:cdrom,r", ",,hdc,cdrom", "vdev=hdc,cdrom"}) EXPECT_EQ(parse_disk(spec), empty) << spec;
}

TEST(DiskSpec, Parameters) {
  DiskConfig disk = parse_disk(
      "backend=storage,backendtype=qdisk,script=block-x,direct-io-safe,no-discard,untrusted,format=qcow2,"
      "vdev=xvdb1,access=r,target=/a,b:c=d");
  EXPECT_EQ(disk.backend.name, "storage");
  EXPECT_EQ(disk.backend_type, DiskBackend::qdisk);
  EXPECT_EQ(disk.script, "block-x");
  EXPECT_TRUE(disk.direct_io_safe);
  EXPECT_EQ(disk.discard, false);
  EXPECT_EQ(disk.trusted, false);
  EXPECT_EQ(disk.format, DiskFormat::qcow2);
  EXPECT_FALSE(disk.writable);
  EXPECT_EQ(disk.target, "/a,b:c=d");
  EXPECT_EQ(parse_disk("iscsi:iqn/x,xvda,w").script, "block-iscsi");
}

TEST(DiskSpec, Errors) {
  auto message = [](const char* spec) { return message_of([&] { parse_disk(spec); }); };
  EXPECT_EQ(message("/x"), "the disk has no vdev (a name as the guest sees it: xvda)");
  EXPECT_EQ(message(",,xvda"), "the disk has no target, and is not a cdrom");
  EXPECT_EQ(message("/x,,root"), "vdev is \"root\", expected a name like xvda, hda1, sdb or d5p2");
  EXPECT_EQ(message("/x,,xvda,maybe"), "access is \"maybe\", expected r, ro, w or rw");
  EXPECT_EQ(message("/x,vmdk,xvda"), "format is \"vmdk\", expected one of qcow, qcow2, vhd, raw, empty, qed");
  EXPECT_EQ(message("/x,,xvda,w,more"), "there are more fields than target, format, vdev and access: \"more\"");
  EXPECT_EQ(message("colour=red,/x,,xvda"), "unknown parameter \"colour\"");
  EXPECT_EQ(message("/x,,xvda,target=/y"), "target is given twice, as \"/x\" and \"/y\"");
  EXPECT_EQ(message("nfs:/x,xvda,w"), "unknown prefix \"nfs:\"");
}

TEST(DiskSpec, Vdevs) {
  for (const char* vdev : {"xvda", "xvdzz15", "hda", "hdb3", "sdc", "d0", "d10p1", "51712", "0xca00"})
    EXPECT_TRUE(is_vdev(vdev)) << vdev;
  for (const char* vdev : {"", "xvd", "xvda/", "vda", "d", "dp1", "d1p", "hda1b", "-1", "xvdA"})
    EXPECT_FALSE(is_vdev(vdev)) << vdev;
}

TEST(VifSpec, Parameters) {
  EXPECT_EQ(parse_vif(""), VifConfig());
  VifConfig vif = parse_vif(
      "mac=00:16:3E:74:3d:6, bridge=br0,script=vif-x,ip=10.0.0.2,backend=net,vifname=web0,model=e1000,type=vif,"
      "mtu=9000,devid=3,trusted,rate=10Mb/s@20ms,gatewaydev=eth0");
  EXPECT_EQ(vif.mac->text(), "00:16:3e:74:3d:06");
  EXPECT_EQ(vif.bridge, "br0");
  EXPECT_EQ(vif.backend.name, "net");
  EXPECT_EQ(vif.interface_name, "web0");
  EXPECT_EQ(vif.type, VifType::vif);
  EXPECT_EQ(vif.mtu, 9000);
  EXPECT_EQ(vif.devid, 3);
  EXPECT_EQ(vif.trusted, true);
  EXPECT_EQ(vif.rate, (VifRate{25'000, 20'000}));
  EXPECT_EQ(parse_vif("rate=250KB/s").rate, (VifRate{12'500, 50'000}));
  EXPECT_EQ(parse_vif("rate=1MB/s@20ms").rate, (VifRate{20'000, 20'000}));
}

TEST(VifSpec, Errors) {
  auto message = [](const char* spec) { return message_of([&] { parse_vif(spec); }); };
  EXPECT_EQ(message("mac=00:16:3e"), "mac is \"00:16:3e\", expected the form 00:16:3e:01:02:03");
  EXPECT_NE(message("mac=00:16:3e:00:00:00:00"), "");
  EXPECT_NE(message("rate=10"), "");
  EXPECT_NE(message("rate=99999999999999999999GB/s"), "");
  EXPECT_NE(message("rate=999999GB/s@4000s"), "");
  EXPECT_EQ(message("vifname=a/b"), "vifname is \"a/b\", expected the name of an interface (1 to 15 characters)");
  EXPECT_EQ(message("mtu=70000"), "mtu is \"70000\", expected a number from 0 to 65535");
  EXPECT_EQ(message("bridg=x"), "unknown parameter \"bridg\"");
  EXPECT_EQ(message("flag"), "unknown parameter \"flag\"");
}

TEST(VifSpec, RandomAddressesAreXens) {
  MacAddress mac = MacAddress::random();
  EXPECT_TRUE(mac.text().starts_with("00:16:3e:"));
  EXPECT_LT(mac.bytes[3], 0x80);
}

TEST(ChannelSpec, All) {
  EXPECT_EQ(parse_channel("name=org.x.0,connection=socket,path=/run/x"),
            (ChannelConfig{.name = "org.x.0", .connection = ChannelConnection::socket, .path = "/run/x"}));
  EXPECT_EQ(parse_channel("connection=pty, name=c").connection, ChannelConnection::pty);
  for (const char* spec :
       {"name=x", "connection=pty", "name=x,connection=socket", "name=x,connection=tcp", "name", "x=y"})
    EXPECT_NE(message_of([&] { parse_channel(spec); }), "") << spec;
}

}  // namespace
}  // namespace xenolith::tools
