// SPDX-License-Identifier: MIT
#include "tools/console/console_client.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"
#include "tools/xenstore/fake_store.hpp"

namespace xenolith::tools::console {
namespace {

using namespace std::chrono_literals;

class ConsoleClientTest : public ::testing::Test {
 protected:
  int code_of_wait(const std::string& not_this) {
    try {
      tty = wait_for_tty(loop, store, {DomainId(7), ConsoleType::pv, 0}, not_this, 20ms);
    } catch (const Error& error) {
      return error.code();
    }
    return 0;
  }
  EventLoop loop;
  MemoryStore store;
  std::string tty;
};

TEST_F(ConsoleClientTest, FindsTheTerminalOfEachKind) {
  store.write("/local/domain/7/name", "x");
  EXPECT_EQ(tty_node(store, {DomainId(7), ConsoleType::automatic, 0}), "/local/domain/7/console/tty");
  EXPECT_EQ(tty_node(store, {DomainId(7), ConsoleType::pv, 2}), "/local/domain/7/device/console/2/tty");
  EXPECT_EQ(tty_node(store, {DomainId(7), ConsoleType::serial, 1}), "/local/domain/7/serial/1/tty");
  store.write("/local/domain/7/serial/0/tty", "/dev/pts/3");
  EXPECT_EQ(tty_node(store, {DomainId(7), ConsoleType::automatic, 0}), "/local/domain/7/serial/0/tty");
  EXPECT_EQ(tty_node(store, {DomainId(7), parse_console_type("vuart"), 0}), "/local/domain/7/vuart/0/tty");
  EXPECT_THROW(parse_console_type("uart"), Error);
}

TEST_F(ConsoleClientTest, WaitsForTheTerminal) {
  EXPECT_EQ(code_of_wait(""), ENOENT);
  store.write("/local/domain/7/name", "x");
  EXPECT_EQ(code_of_wait(""), ETIMEDOUT);
  EventSource later = loop.after(1ms, [&] { store.write("/local/domain/7/console/tty", "/dev/pts/4"); });
  EXPECT_EQ(code_of_wait(""), 0);
  EXPECT_EQ(tty, "/dev/pts/4");
  EXPECT_EQ(code_of_wait("/dev/pts/4"), ETIMEDOUT);
}

// A client in a process of its own: `typed` is its stdin.
int status_of_client(const std::string& tty, const std::string& typed) {
  pid_t child = ::fork();
  if (child == 0) {
    int input[2];
    if (::pipe(input) < 0 || ::write(input[1], typed.data(), typed.size()) < 0) _exit(99);
    ::dup2(input[0], STDIN_FILENO);
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    _exit(talk(tty, 0x1d) == ConsoleEnd::person_left ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST_F(ConsoleClientTest, LeavesAtItsEscapeCharacter) {
  UniqueFd master(::posix_openpt(O_RDWR | O_NOCTTY));
  ASSERT_EQ(::unlockpt(master.get()), 0);
  std::string name = ::ptsname(master.get());
  UniqueFd other_end(::open(name.c_str(), O_RDWR | O_NOCTTY));
  EXPECT_EQ(status_of_client(name, "hello\x1dnot this"), 0);
  char got[100];
  ssize_t count = ::read(master.get(), got, sizeof got);
  EXPECT_EQ(std::string(got, static_cast<size_t>(std::max<ssize_t>(count, 0))), "hello");
}

}  // namespace
}  // namespace xenolith::tools::console
