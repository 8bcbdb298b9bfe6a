// SPDX-License-Identifier: MIT
#include "tools/base/daemon_files.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

class DaemonFiles : public ::testing::Test {
 protected:
  DaemonFiles() { std::filesystem::create_directory(folder); }
  ~DaemonFiles() override { std::filesystem::remove_all(folder); }
  std::string folder = std::filesystem::temp_directory_path() / ("daemon-files-" + std::to_string(::getpid()));
};

TEST_F(DaemonFiles, FileIsReplacedWhole) {
  std::string path = folder + "/state";
  EXPECT_EQ(read_file(path), "");
  replace_file(path, std::string(200000, 'a'));
  replace_file(path, "short");
  EXPECT_EQ(read_file(path), "short");
  EXPECT_THROW(replace_file(folder + "/none/state", "x"), Error);
}

TEST_F(DaemonFiles, PidFileIsHeldByOne) {
  std::string path = folder + "/pid";
  UniqueFd held = write_pid_file(path);
  EXPECT_EQ(read_file(path), std::to_string(::getpid()) + "\n");
  EXPECT_THROW(write_pid_file(path), Error);
  held.reset();
  EXPECT_NO_THROW(write_pid_file(path));
}

TEST_F(DaemonFiles, SocketOfADeadDaemonIsReplaced) {
  { UniqueFd dead = listen_at(folder + "/socket", 0600); }
  EXPECT_TRUE(listen_at(folder + "/socket", 0600));
  EXPECT_THROW(listen_at(folder + "/" + std::string(200, 'x'), 0600), Error);
}

int status_of(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

TEST_F(DaemonFiles, ParentLearnsHowTheStartWent) {
  for (bool works : {true, false}) {
    pid_t child = ::fork();
    if (child == 0) {
      Background background(true);
      if (works) background.ready();
      _exit(0);
    }
    EXPECT_EQ(WEXITSTATUS(status_of(child)), works ? 0 : 1);
  }
}

TEST_F(DaemonFiles, DescriptorsAreAllowed) {
  rlimit before{}, after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  allow_descriptors(100);
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, 100u);
  allow_descriptors(80);  // never fewer
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, 100u);
  ::setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace xenolith::tools
