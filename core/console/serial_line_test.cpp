// SPDX-License-Identifier: MIT
#include "core/console/serial_line.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace xenolith {
namespace {

// A transmitter that takes `ready` bursts before it has to be let go on.
class FakePort final : public SerialPort {
 public:
  bool can_put() override {
    if (frees_itself && ready == 0) ready = 1;
    if (left == 0 && ready > 0) --ready, left = burst();
    return left == burst();
  }
  unsigned burst() const override { return 4; }
  void put(char c) override {
    ASSERT_GT(left, 0u) << "character lost";
    if (--left == 0 && ready > 0) --ready, left = burst();
    sent += c;
  }
  std::optional<char> get() override { return std::nullopt; }
  void set_transmit_interrupt(bool wanted) override { interrupt = wanted; }
  void finish() { left = 0; }  // the FIFO has run empty

  unsigned ready = 0, left = 0;
  bool frees_itself = false, interrupt = false;
  std::string sent;
};

struct SerialLineTest : ::testing::Test {
  FakePort port;
  std::unique_ptr<SerialLine> line = std::make_unique<SerialLine>(port);
};

TEST_F(SerialLineTest, EndsLinesWithReturnAndLineFeed) {
  port.ready = 10;
  line->write("a\nb");
  EXPECT_EQ(port.sent, "a\r\nb");
}

TEST_F(SerialLineTest, KeepsWhatTheTransmitterDoesNotTake) {
  line->set_buffered(true);
  port.ready = 1;
  line->write("abcdefgh");
  EXPECT_EQ(port.sent, "abcd");
  EXPECT_TRUE(port.interrupt);
  port.ready = 1;
  line->service();
  EXPECT_EQ(port.sent, "abcdefgh");
  EXPECT_FALSE(port.interrupt);
}

TEST_F(SerialLineTest, DeadTransmitterDropsText) {
  line->write("abcdefgh");
  EXPECT_EQ(port.sent, "");
  port.ready = 1;
  line->write("x");
  EXPECT_EQ(port.sent, "x");
}

TEST_F(SerialLineTest, FullBufferWaits) {
  line->set_buffered(true);
  line->write(std::string(16384, 'x'));
  EXPECT_EQ(port.sent.size(), 0u);
  port.ready = 2;
  line->write("yz");
  EXPECT_EQ(port.sent.size(), 8u);
}

}  // namespace
}  // namespace xenolith
