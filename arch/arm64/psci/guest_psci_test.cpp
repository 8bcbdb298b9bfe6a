// SPDX-License-Identifier: MIT
#include "arch/arm64/psci/guest_psci.hpp"

#include <gtest/gtest.h>

#include <string>

namespace xenolith::psci {
namespace {

struct FakePort final : GuestPort {
  Status start_vcpu(u64 affinity, u64 entry, u64 context) override {
    calls += "start " + std::to_string(affinity) + " " + std::to_string(entry) + " " + std::to_string(context) + ";";
    return status;
  }
  Status stop_this() override {
    calls += "stop;";
    return status;
  }
  Power power_of(u64 affinity) override { return affinity == 0 ? Power::on : affinity == 1 ? Power::off : affinity == 2 ? Power::pending : Power::none; }
  void suspend() override { calls += "suspend;"; }
  void power_off() override { calls += "off;"; }
  void restart() override { calls += "restart;"; }
  std::string calls;
  Status status = Status::success;
};

struct GuestPsci : testing::Test {
  FakePort port;
  i64 call(u64 function, u64 first = 0, u64 second = 0, u64 third = 0) {
    std::array<u64, 31> x{function, first, second, third};
    EXPECT_TRUE(handle(port, x));
    return static_cast<i64>(x[0]);
  }
};

TEST_F(GuestPsci, SaysWhatItIs) {
  EXPECT_EQ(call(0x8400'0000), 0x1'0001);
  EXPECT_EQ(call(0x8000'0000), 0x1'0001);
  EXPECT_EQ(call(0x8400'0006), 2);
  for (u32 there : {0x8400'0000u, 0x8400'0001u, 0xc400'0001u, 0x8400'0002u, 0xc400'0003u, 0xc400'0004u, 0x8400'0008u,
                    0x8400'0009u, 0x8400'000au, 0xc400'0012u, 0x8000'0000u})
    EXPECT_EQ(call(0x8400'000a, there), 0) << there;
  for (u32 missing : {0xc400'0002u, 0x8400'0005u, 0xc400'000eu, 0x8400'0014u, 0x1234u}) EXPECT_EQ(call(0x8400'000a, missing), -1) << missing;
  EXPECT_EQ(call(0x8000'0001, 0x8000'0000), 0);
  EXPECT_EQ(call(0x8000'0001, 0x8000'8000), -1);
}

TEST_F(GuestPsci, StartsVcpus) {
  EXPECT_EQ(call(0xc400'0003, 1, 0x1'4000'0000, 0xdead'beef'0000'0000), 0);
  EXPECT_EQ(port.calls, "start 1 5368709120 16045690981097406464;");
  port.calls.clear();
  EXPECT_EQ(call(0x8400'0003, 0xffff'ffff'0000'0001, 0x1'4000'0000, 7), 0);  // arguments of 32 bits
  EXPECT_EQ(port.calls, "start 1 1073741824 7;");
  port.status = Status::already_on;
  EXPECT_EQ(call(0xc400'0003, 1, 0x4000'0000), -4);
  port.calls.clear();
  EXPECT_EQ(call(0xc400'0003, 1, 0x4000'0002), -9);
  EXPECT_EQ(call(0xc400'0003, u64{1} << 31, 0x4000'0000), -2);
  EXPECT_EQ(port.calls, "");
}

TEST_F(GuestPsci, TellsThePowerOfVcpus) {
  EXPECT_EQ(call(0xc400'0004, 0, 0), 0);
  EXPECT_EQ(call(0xc400'0004, 1, 0), 1);
  EXPECT_EQ(call(0xc400'0004, 2, 0), 2);
  EXPECT_EQ(call(0xc400'0004, 3, 0), -2);
  EXPECT_EQ(call(0xc400'0004, 0, 1), -2);
}

TEST_F(GuestPsci, StopsAndSuspends) {
  EXPECT_EQ(call(0x8400'0002), 0);
  EXPECT_EQ(call(0xc400'0001, 0x1'0000), 0);
  EXPECT_EQ(port.calls, "stop;suspend;");
  port.status = Status::denied;
  EXPECT_EQ(call(0x8400'0002), -3);
}

TEST_F(GuestPsci, EndsTheDomain) {
  call(0x8400'0008);
  call(0x8400'0009);
  call(0xc400'0012, 0);
  EXPECT_EQ(port.calls, "off;restart;restart;");
  port.calls.clear();
  EXPECT_EQ(call(0xc400'0012, 0x8000'0000), -2);
  EXPECT_EQ(port.calls, "");
}

TEST_F(GuestPsci, UnknownFunctions) {
  EXPECT_EQ(call(0x8400'0005), -1);
  EXPECT_EQ(call(0xc400'0000), -1);
  EXPECT_EQ(call(0x8400'001f), -1);
  for (u64 other : {u64{0}, u64{0x8400'0020}, u64{0x8600'ff01}, u64{0x8000'8000}, u64{0xffff'ffff}}) {
    std::array<u64, 31> x{other};
    EXPECT_FALSE(handle(port, x));
    EXPECT_EQ(x[0], other);
  }
}

}  // namespace
}  // namespace xenolith::psci
