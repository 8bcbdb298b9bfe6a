// SPDX-License-Identifier: MIT
#include "arch/arm64/psci/firmware.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace xenolith::psci {
namespace {

struct FakeFirmware final : Conduit {
  u64 call(u64 function, u64 first, u64 second, u64 third) override {
    calls.push_back({function, first, second, third});
    return function == function::version ? version : answer;
  }
  std::vector<std::vector<u64>> calls;
  u64 version = version_word(1, 1);
  u64 answer = 0;
};

TEST(Firmware, IsNotThereUnlessFound) {
  Firmware firmware;
  EXPECT_FALSE(firmware.is_there());
  EXPECT_EQ(firmware.cpu_on(1, 2, 3).error(), XEN_ENOSYS);
  EXPECT_FALSE(firmware.has(function::system_off));
  firmware.system_off();
}

TEST(Firmware, StartsCpusByTheStandardsNumbers) {
  FakeFirmware fake;
  Firmware firmware{fake, {}};
  EXPECT_EQ(firmware.version(), 0x1'0001u);
  EXPECT_TRUE(firmware.cpu_on(0x100, 0x4000'0000, 5));
  EXPECT_EQ(fake.calls.back(), (std::vector<u64>{0xc400'0003, 0x100, 0x4000'0000, 5}));
  firmware.system_reset();
  EXPECT_EQ(fake.calls.back()[0], 0x8400'0009u);
  firmware.system_off();
  EXPECT_EQ(fake.calls.back()[0], 0x8400'0008u);
}

TEST(Firmware, OldOnesTellTheirNumbers) {
  FakeFirmware fake;
  Firmware firmware{fake, {.is_standard = false, .cpu_on = 0x95c1'ba60}};
  EXPECT_EQ(firmware.version(), 1u);
  EXPECT_TRUE(fake.calls.empty());
  EXPECT_TRUE(firmware.cpu_on(1, 2, 3));
  EXPECT_EQ(fake.calls.back()[0], 0x95c1'ba60u);
  firmware.system_off();  // has no such call
  EXPECT_EQ(fake.calls.size(), 1u);
  EXPECT_EQ((Firmware{fake, {.is_standard = false}}.cpu_on(1, 2, 3).error()), XEN_ENOSYS);
}

TEST(Firmware, FeaturesAreAskedForFromVersionOne) {
  FakeFirmware fake;
  EXPECT_TRUE((Firmware{fake, {}}.has(function::system_reset2)));
  fake.answer = static_cast<u64>(-1);
  EXPECT_FALSE((Firmware{fake, {}}.has(function::system_reset2)));
  fake.version = version_word(0, 2);
  fake.answer = 0;
  EXPECT_FALSE((Firmware{fake, {}}.has(function::system_reset2)));
}

TEST(Firmware, ErrorsOfBothWidths) {
  EXPECT_TRUE(result_of(0));
  EXPECT_EQ(result_of(0xffff'fffc).error(), XEN_EEXIST);
  EXPECT_EQ(result_of(static_cast<u64>(-2)).error(), XEN_EINVAL);
  EXPECT_EQ(result_of(static_cast<u64>(-3)).error(), XEN_EPERM);
  EXPECT_EQ(result_of(static_cast<u64>(-6)).error(), XEN_EIO);
  EXPECT_EQ(result_of(77).error(), XEN_EIO);
}

}  // namespace
}  // namespace xenolith::psci
