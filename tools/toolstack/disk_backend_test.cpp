// SPDX-License-Identifier: MIT
#include "tools/toolstack/disk_backend.hpp"

#include <gtest/gtest.h>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

DiskBackend chosen(DiskConfig disk) {
  disk.vdev = "xvda";
  choose_disk_backend(disk, DomainId(0));
  return disk.backend_type;
}

DiskConfig raw(const std::string& target) {
  DiskConfig disk;
  disk.target = target;
  return disk;
}

TEST(DiskBackend, WhoServes) {
  EXPECT_EQ(chosen(raw("/proc/self/exe")), DiskBackend::phy);
  DiskConfig image = raw("/proc/self/exe");
  image.format = DiskFormat::qcow2;
  EXPECT_EQ(chosen(image), DiskBackend::qdisk);
  DiskConfig elsewhere = raw("/nonexistent");
  elsewhere.backend.id = DomainId(3);
  EXPECT_EQ(chosen(elsewhere), DiskBackend::phy);
  elsewhere.backend_type = DiskBackend::qdisk;
  EXPECT_EQ(chosen(elsewhere), DiskBackend::qdisk);
  DiskConfig scripted = raw("iqn.2001-05.com:target");
  scripted.script = "block-iscsi";
  EXPECT_EQ(chosen(scripted), DiskBackend::phy);
  DiskConfig empty = raw("");
  empty.format = DiskFormat::empty;
  empty.cdrom = true;
  EXPECT_EQ(chosen(empty), DiskBackend::qdisk);
}

TEST(DiskBackend, WhatCannotBe) {
  EXPECT_THROW(chosen(raw("/nonexistent")), Error);
  DiskConfig phy = raw("/proc/self/exe");
  phy.backend_type = DiskBackend::phy;
  phy.format = DiskFormat::vhd;
  EXPECT_THROW(chosen(phy), Error);
  DiskConfig folder = raw("/");
  folder.backend_type = DiskBackend::phy;
  EXPECT_THROW(chosen(folder), Error);
  DiskConfig tap = raw("/proc/self/exe");
  tap.backend_type = DiskBackend::tap;
  EXPECT_THROW(chosen(tap), Error);
  DiskConfig scripted = raw("x");
  scripted.script = "block-x";
  scripted.format = DiskFormat::qcow2;
  EXPECT_THROW(chosen(scripted), Error);
  DiskConfig empty = raw("");
  empty.format = DiskFormat::empty;
  EXPECT_THROW(chosen(empty), Error);
}

}  // namespace
}  // namespace xenolith::tools
