// SPDX-License-Identifier: MIT
#include "tools/toolstack/device.hpp"

#include <gtest/gtest.h>

namespace xenolith::tools {
namespace {

const Device disk{DomainId(7), DomainId(3), 51712, DeviceKind::vbd, DeviceKind::qdisk};

TEST(Device, Paths) {
  EXPECT_EQ(frontend_path(disk), "/local/domain/7/device/vbd/51712");
  EXPECT_EQ(backend_path(disk), "/local/domain/3/backend/qdisk/7/51712");
  EXPECT_EQ(private_path(disk), "/libxl/7/device/vbd/51712");
  Device console{DomainId(7), DomainId(0), 0, DeviceKind::console, DeviceKind::console};
  EXPECT_EQ(frontend_path(console), "/local/domain/7/console");
  EXPECT_EQ(private_path(console), "/libxl/7/device/console/0");
  EXPECT_FALSE(console.has_process_backend());
  console.id = 1;
  EXPECT_EQ(frontend_path(console), "/local/domain/7/device/console/1");
  EXPECT_TRUE(console.has_process_backend());
}

TEST(Device, FromABackendPath) {
  EXPECT_EQ(device_of_backend(backend_path(disk)), disk);
  EXPECT_EQ(device_of_backend(backend_path(disk) + "/state"), disk);
  for (const char* path : {"", "/", "/local/domain/0", "/local/domain/0/backend/vbd/1", "/local/domain/0/backend/what/1/2",
                           "/local/domain/x/backend/vbd/1/2", "/local/domain/0/backend/vbd/99999/2",
                           "/local/domain/0/backend/vbd/1/-2", "/local/domain/0/device/vbd/1/2",
                           "local/domain/0/backend/vbd/1/2", "/local/domain/0/backend/vbd/1/2x"})
    EXPECT_FALSE(device_of_backend(path)) << path;
}

}  // namespace
}  // namespace xenolith::tools
