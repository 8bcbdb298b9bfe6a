// SPDX-License-Identifier: MIT
#include "core/console/console.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "core/console/debug_keys.hpp"

namespace xenolith {
namespace {

struct Screen final : ConsoleSink {
  void write(std::string_view text) override { shown += text; }
  std::string shown;
};

struct ConsoleTest : ::testing::Test {
  ConsoleTest() {
    Console::attach(screen);
    screen.shown.clear();
  }
  ~ConsoleTest() override { Console::detach(screen); }

  std::string read(bool clear, bool incremental, u32& index) {
    std::string text(4096, '\0');
    fake::GuestRange range{text.data(), text.size()};
    xen_sysctl_readconsole operation{};
    operation.clear = clear, operation.incremental = incremental, operation.index = index;
    operation.count = static_cast<u32>(text.size());
    operation.buffer.p = text.data();
    EXPECT_TRUE(Console::read(domain.vcpu(), operation));
    text.resize(operation.count);
    index = operation.index;
    return text;
  }

  fake::TestDomain domain{0};
  Screen screen;
};

TEST_F(ConsoleTest, PrefixesEachLine) {
  Console::print("(XEN) ", "one\ntwo");
  EXPECT_EQ(screen.shown, "(XEN) one\n(XEN) two\n");
}

TEST_F(ConsoleTest, LinesStartAtTheLeftEdge) {
  Console::print_raw("login: ");
  Console::print("(XEN) ", "news");
  Console::print_raw("more\n");
  Console::print("(XEN) ", "x");
  EXPECT_EQ(screen.shown, "login: \n(XEN) news\nmore\n(XEN) x\n");
}

TEST_F(ConsoleTest, LateSinksGetWhatWasPrinted) {
  u32 index = 0;
  read(true, false, index);
  Console::print("(XEN) ", "early");
  Screen late;
  Console::attach(late);
  Console::detach(late);
  EXPECT_EQ(late.shown, "(XEN) early\n");
}

TEST_F(ConsoleTest, ReadsAndClears) {
  u32 index = 0;
  read(true, false, index);
  Console::print("(XEN) ", "first");
  EXPECT_EQ(read(false, false, index), "(XEN) first\n");
  Console::print("(XEN) ", "second");
  EXPECT_EQ(read(false, true, index), "(XEN) second\n");
  EXPECT_EQ(read(false, true, index), "");
  u32 again = 0;
  EXPECT_EQ(read(true, false, again), "(XEN) first\n(XEN) second\n");
  EXPECT_EQ(read(false, false, again), "");
}

TEST_F(ConsoleTest, RawTextStaysOutOfTheRing) {
  u32 index = 0;
  read(true, false, index);
  Console::print_raw("secret\n");
  EXPECT_EQ(read(false, false, index), "");
}

TEST_F(ConsoleTest, BadBufferFails) {
  Console::print("(XEN) ", "text");
  xen_sysctl_readconsole operation{};
  operation.count = 10;
  EXPECT_EQ(Console::read(domain.vcpu(), operation).error(), XEN_EFAULT);
}

TEST_F(ConsoleTest, EverythingIsAdmittedForDebugKeys) {
  EXPECT_FALSE(Console::admit(LogLevel::debug, LogSource::hypervisor));
  static bool admitted;
  admitted = false;
  register_debug_key('z', "test", [](char) { admitted = Console::admit(LogLevel::debug, LogSource::guest); });
  handle_debug_keys("z\x01\xff");
  EXPECT_TRUE(admitted);
  EXPECT_FALSE(Console::admit(LogLevel::debug, LogSource::hypervisor));
}

}  // namespace
}  // namespace xenolith
