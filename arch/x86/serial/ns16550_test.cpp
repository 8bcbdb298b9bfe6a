// SPDX-License-Identifier: MIT
#include "arch/x86/serial/ns16550.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace xenolith {
namespace {

// The registers of a UART as a program sees them.
class FakeUart final : public irq::PortIo {
 public:
  u32 read(u16 port, unsigned) override {
    unsigned which = port - 0x3f8u;
    if (!present || which > 7) return 0xff;
    if (which == 0 && !divisor_access()) {
      if (typed.empty()) return 0;
      char c = typed.front();
      typed.erase(0, 1);
      update_line();
      return static_cast<u8>(c);
    }
    if (which <= 1 && divisor_access()) return divisor[which];
    if (which == 2) return (fifo ? 0xc0u : 0u) | identify();
    if (which == 5) return 0x60u | !typed.empty();
    return registers[which];
  }
  void write(u16 port, unsigned, u32 value) override {
    unsigned which = port - 0x3f8u;
    if (!present || which > 7) return;
    if (which <= 1 && divisor_access()) divisor[which] = static_cast<u8>(value);
    else if (which == 0) sent += static_cast<char>(value), transmitter_tells = false;
    else registers[which] = static_cast<u8>(value);
    update_line();
  }
  void type(std::string_view text) {
    typed += text;
    update_line();
  }
  void empty_transmitter() {
    transmitter_tells = true;
    update_line();
  }

  bool present = true, fifo = true;
  std::string typed, sent;
  std::array<u8, 2> divisor{};
  std::array<u8, 8> registers{};
  bool transmitter_tells = false, line = false;
  unsigned edges = 0;

 private:
  bool receiver_interrupts() const { return (registers[1] & 1) && !typed.empty(); }
  bool transmitter_interrupts() const { return (registers[1] & 2) && transmitter_tells; }
  void update_line() {
    bool now = receiver_interrupts() || transmitter_interrupts();
    edges += now && !line;
    line = now;
  }
  u32 identify() {
    if (receiver_interrupts()) return 4;
    if (!transmitter_interrupts()) return 1;
    transmitter_tells = false;
    update_line();
    return 2;
  }
  bool divisor_access() const { return (registers[3] & 0x80) != 0; }
};

struct Ns16550Test : ::testing::Test {
  FakeUart uart;
  Ns16550 port{uart, 0x3f8, 4};
};

TEST_F(Ns16550Test, SetsUpTheLine) {
  ASSERT_TRUE(port.initialise(*LineSettings::parse("9600,7e1")));
  EXPECT_EQ(uart.divisor[0], 12);
  EXPECT_EQ(uart.registers[3], 0x1a);
  EXPECT_EQ(port.burst(), 16u);
}

TEST_F(Ns16550Test, KeepsTheFirmwaresSpeed) {
  uart.divisor = {7, 0};
  ASSERT_TRUE(port.initialise(LineSettings{}));
  EXPECT_EQ(uart.divisor[0], 7);
}

TEST_F(Ns16550Test, NoticesThatNothingIsThere) {
  uart.present = false;
  EXPECT_FALSE(port.initialise(LineSettings{}));
  EXPECT_FALSE(port.get().has_value());
}

TEST_F(Ns16550Test, MovesCharacters) {
  uart.fifo = false;
  ASSERT_TRUE(port.initialise(LineSettings{}));
  EXPECT_EQ(port.burst(), 1u);
  EXPECT_TRUE(port.can_put());
  port.put('x');
  EXPECT_EQ(uart.sent, "x");
  EXPECT_FALSE(port.get().has_value());
  uart.typed = "ab";
  EXPECT_EQ(*port.get(), 'a');
  EXPECT_EQ(*port.get(), 'b');
}

TEST_F(Ns16550Test, EnablesInterrupts) {
  ASSERT_TRUE(port.initialise(LineSettings{}));
  port.enable_receive_interrupt();
  EXPECT_EQ(uart.registers[1], 1);
  port.set_transmit_interrupt(true);
  EXPECT_EQ(uart.registers[1], 3);
  port.set_transmit_interrupt(false);
  EXPECT_EQ(uart.registers[1], 1);
}

// The line is held by the transmitter when a character arrives: there is no second edge to tell of it.
TEST_F(Ns16550Test, HearsWhatComesWhileItIsServed) {
  ASSERT_TRUE(port.initialise(LineSettings{}));
  port.enable_receive_interrupt();
  port.set_transmit_interrupt(true);
  uart.empty_transmitter();
  ASSERT_EQ(uart.edges, 1u);
  std::string heard;
  bool is_first = true;
  port.serve_interrupt([&] {
    while (auto c = port.get()) heard += *c;
    if (is_first) uart.type("x");
    is_first = false;
    port.put('y');
  });
  EXPECT_EQ(heard, "x");
  EXPECT_FALSE(uart.line);
  uart.type("z");
  EXPECT_EQ(uart.edges, 2u);
}

TEST_F(Ns16550Test, GivesUpAtALineThatNeverFalls) {
  ASSERT_TRUE(port.initialise(LineSettings{}));
  port.enable_receive_interrupt();
  uart.type("x");
  unsigned calls = 0;
  port.serve_interrupt([&] { ++calls; });
  EXPECT_GT(calls, 1u);
  EXPECT_LT(calls, 10'000u);
}

}  // namespace
}  // namespace xenolith
