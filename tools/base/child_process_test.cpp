// SPDX-License-Identifier: MIT
#include "tools/base/child_process.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {
namespace {

using namespace std::chrono_literals;

Command shell(const std::string& script) { return {{"/bin/sh", "-c", script}, {{"XENOLITH_WORD", "seven"}}, -1, false, {}}; }

class ChildProcessTest : public testing::Test {
 protected:
  ChildProcessTest() { block_signals(); }
  EventLoop loop;
};

TEST_F(ChildProcessTest, StatusAndEnvironment) {
  int status = run_task(loop, run_command(loop, shell("test \"$XENOLITH_WORD\" = seven && exit 4"), 10s));
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 4);
}

TEST_F(ChildProcessTest, OutputGoesWhereItIsSent) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  UniqueFd from(ends[0]), to(ends[1]);
  Command command = shell("echo out; echo err >&2");
  command.output = to.get();
  EXPECT_EQ(run_task(loop, run_command(loop, command, 10s)), 0);
  char text[32];
  ssize_t length = read(from.get(), text, sizeof text);
  EXPECT_EQ(std::string(text, static_cast<size_t>(length)), "out\nerr\n");
}

TEST_F(ChildProcessTest, AProgramThatIsNotThere) {
  EXPECT_THROW(ChildProcess({{"/nonexistent/program"}, {}, -1, false, {}}), Error);
}

TEST_F(ChildProcessTest, TimeLimitKillsTheGroup) {
  try {
    run_task(loop, run_command(loop, shell("sleep 1000"), 20ms));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ETIMEDOUT);
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(ChildProcessTest, CancellingKills) {
  {
    Task<int> run = run_command(loop, shell("sleep 1000"), 1h);
    run.start();
  }
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace xenolith::tools
