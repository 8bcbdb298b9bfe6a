// SPDX-License-Identifier: MIT
#include "arch/arm64/vuart/virtual_uart.hpp"

#include <gtest/gtest.h>

#include <string>

namespace xenolith::vuart {
namespace {

constexpr u64 data = 0x00, flags = 0x18, enabled = 0x38, raw = 0x3c, masked = 0x40, clear = 0x44;
constexpr u64 receiving = 0x50, transmit = 0x20;

struct FakePort final : Port {
  void set_line(bool asserted) override { line = asserted; }
  void put(char c) override { text += c; }
  size_t room() const override { return text.size() < most ? most - text.size() : 0; }
  std::optional<char> next() override {
    if (typed.empty()) return std::nullopt;
    char c = typed.front();
    typed.erase(0, 1);
    return c;
  }
  void has_taken() override { ++told; }
  bool line = false;
  std::string text, typed;
  size_t most = 1000;
  unsigned told = 0;
};

struct VirtualUartTest : testing::Test {
  FakePort port;
  VirtualUart uart{port};
  void type(const std::string& text) {
    port.typed += text;
    uart.poke();
  }
};

TEST_F(VirtualUartTest, WhatIsTypedOnTheConsoleComesInUntilItIsFull) {
  uart.write(enabled, receiving);
  for (unsigned i = 0; i < 256; ++i) EXPECT_TRUE(uart.receive(static_cast<char>(i)));
  EXPECT_FALSE(uart.receive('x'));
  EXPECT_TRUE(port.line);
  for (unsigned i = 0; i < 256; ++i) EXPECT_EQ(uart.read(data), i);
  EXPECT_FALSE(port.line);
  EXPECT_EQ(uart.read(flags), 0x90u);
}

TEST_F(VirtualUartTest, WhatIsWrittenGoesOut) {
  for (char c : std::string{"hello"}) uart.write(data, static_cast<u8>(c));
  EXPECT_EQ(port.text, "hello");
  EXPECT_EQ(uart.read(flags), 0x90u);
  EXPECT_FALSE(port.line);
}

TEST_F(VirtualUartTest, TellsThatThereIsRoomAgain) {
  uart.write(enabled, transmit);
  EXPECT_FALSE(port.line);
  uart.write(data, 'x');
  EXPECT_TRUE(port.line);
  EXPECT_EQ(uart.read(masked), transmit);
  uart.write(clear, transmit);
  EXPECT_FALSE(port.line);
}

TEST_F(VirtualUartTest, WhatIsTypedIsReadInOrder) {
  uart.write(enabled, receiving);
  type("a\xe9");
  EXPECT_TRUE(port.line);
  uart.write(clear, receiving);
  EXPECT_TRUE(port.line);
  EXPECT_EQ(uart.read(data), u64{'a'});
  EXPECT_EQ(uart.read(data), 0xe9u);
  EXPECT_FALSE(port.line);
  EXPECT_EQ(uart.read(data), 0u);
  EXPECT_EQ(uart.read(flags) & 0x10, 0x10u);
}

TEST_F(VirtualUartTest, WhatIsNotEnabledIsQuiet) {
  type("a");
  EXPECT_FALSE(port.line);
  EXPECT_EQ(uart.read(raw) & receiving, receiving);
  EXPECT_EQ(uart.read(masked), 0u);
  uart.write(enabled, receiving);
  EXPECT_TRUE(port.line);
}

TEST_F(VirtualUartTest, RoomIsBoundedAndFilledAgain) {
  type(std::string(300, 'x') + "y");
  EXPECT_EQ(port.typed.size(), 45u);
  EXPECT_EQ(uart.read(flags) & 0x40, 0x40u);
  unsigned told = port.told;
  uart.read(data);
  EXPECT_EQ(port.typed.size(), 44u);
  EXPECT_EQ(port.told, told + 1);
  for (int i = 0; i < 299; ++i) EXPECT_EQ(uart.read(data), u64{'x'});
  EXPECT_EQ(uart.read(data), u64{'y'});
  EXPECT_EQ(uart.read(flags) & 0x50, 0x10u);
}

// Drivers write 16 characters at an interrupt without looking.
TEST_F(VirtualUartTest, InterruptsTellThatThereIsRoomForHalfTheFifo) {
  port.most = 17;
  uart.write(enabled, transmit);
  uart.write(data, 'a');
  EXPECT_TRUE(port.line);
  uart.write(data, 'b');
  EXPECT_FALSE(port.line);
  EXPECT_EQ(uart.read(flags) & 0xa0, 0x80u);
  for (int i = 0; i < 15; ++i) uart.write(data, 'c');
  EXPECT_EQ(uart.read(flags) & 0xa0, 0x20u);
  uart.poke();
  EXPECT_FALSE(port.line);
  port.text.erase(0, 15);
  uart.poke();
  EXPECT_FALSE(port.line);
  port.text.erase(0, 1);
  uart.poke();
  EXPECT_TRUE(port.line);
}

TEST_F(VirtualUartTest, WhatIsNotThereReadsZero) {
  for (u64 offset = 0; offset < 0x1000; offset += 4) EXPECT_EQ(uart.read(offset), offset == flags ? 0x90u : 0u) << offset;
  for (u64 offset = 4; offset < 0x1000; offset += 4) uart.write(offset, ~u64{0});
  EXPECT_EQ(port.text, "");
}

}  // namespace
}  // namespace xenolith::vuart
