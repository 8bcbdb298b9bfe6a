// SPDX-License-Identifier: MIT
#include "core/console/console_io.hpp"

#include <arch/fake.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "core/console/console.hpp"

namespace xenolith {
namespace {

struct Screen final : ConsoleSink {
  void write(std::string_view text) override { shown += text; }
  std::string shown;
};

struct ConsoleIoTest : ::testing::Test {
  ConsoleIoTest() {
    Console::attach(screen);
    screen.shown.clear();
  }
  ~ConsoleIoTest() override {
    end_guest_console(*guest);
    Console::detach(screen);
  }

  static i64 call(Vcpu& vcpu, u64 command, u64 count, const void* buffer) {
    HypercallArguments arguments{{command, count, reinterpret_cast<u64>(buffer), 0, 0}};
    for (;;) {
      HypercallOutcome outcome = console_io(vcpu, arguments);
      if (outcome.is_done()) return outcome.value();
      arguments = outcome.arguments();
    }
  }
  static i64 write(Vcpu& vcpu, std::string text) {
    fake::GuestRange range{text.data(), text.size()};
    return call(vcpu, CONSOLEIO_write, text.size(), text.data());
  }

  fake::TestDomain dom0{0, {.control = true, .hardware = true}};
  fake::TestDomain guest{7};
  Screen screen;
};

TEST_F(ConsoleIoTest, HardwareDomainWritesRaw) {
  std::string text(1000, 'x');
  EXPECT_EQ(write(dom0.vcpu(), text), 0);
  EXPECT_EQ(screen.shown, text);
  write(dom0.vcpu(), "\n");
}

TEST_F(ConsoleIoTest, GuestsMayNotUnlessVerbose) {
  EXPECT_EQ(write(guest.vcpu(), "hello\n"), -XEN_EPERM);
  Console::Everything verbose;
  EXPECT_EQ(write(guest.vcpu(), "hel"), 0);
  EXPECT_EQ(screen.shown, "");
  EXPECT_EQ(write(guest.vcpu(), "lo\x1b[2J\n"), 0);
  EXPECT_EQ(screen.shown, "(d7) hello[2J\n");
  EXPECT_EQ(call(guest.vcpu(), CONSOLEIO_read, 1, nullptr), -XEN_EPERM);
}

TEST_F(ConsoleIoTest, EndingGuestShowsItsLastWords) {
  Console::Everything verbose;
  write(guest.vcpu(), "goodb");
  end_guest_console(*guest);
  EXPECT_EQ(screen.shown, "(d7) goodb\n");
}

TEST_F(ConsoleIoTest, ManyGuestsShareTheBuffers) {
  Console::Everything verbose;
  write(guest.vcpu(), "old");
  std::vector<std::unique_ptr<fake::TestDomain>> others;
  for (u16 id = 10; id < 18; ++id) {
    others.push_back(std::make_unique<fake::TestDomain>(id));
    write(others.back()->vcpu(), "y");
    EXPECT_EQ(screen.shown, id < 17 ? "" : "(d7) old\n");
  }
  for (auto& other : others) end_guest_console(**other);
}

TEST_F(ConsoleIoTest, LongLinesAreSplit) {
  Console::Everything verbose;
  write(guest.vcpu(), std::string(161, 'x') + "\n");
  EXPECT_EQ(screen.shown, "(d7) " + std::string(160, 'x') + "\n(d7) x\n");
}

TEST_F(ConsoleIoTest, Errors) {
  EXPECT_EQ(call(dom0.vcpu(), CONSOLEIO_write, 5, nullptr), -XEN_EFAULT);
  EXPECT_EQ(call(dom0.vcpu(), CONSOLEIO_write, 0x80000000, nullptr), -XEN_ERANGE);
  EXPECT_EQ(call(dom0.vcpu(), 2, 0, nullptr), -XEN_ENOSYS);
  EXPECT_EQ(call(dom0.vcpu(), CONSOLEIO_read, 10, nullptr), 0);
}

}  // namespace
}  // namespace xenolith
