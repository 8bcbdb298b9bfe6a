// SPDX-License-Identifier: MIT
// count NAME COMMAND [ARGUMENT...]: runs the command in dom0 between two marks (benchmarks/plugin/mark.hpp), then tells the row as the
// benchmark's guest does. Ends as the command did.
#include <guest/mark.hpp>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

namespace {

using namespace xenolith::guest::bench;

int64_t nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

int run(char** command) {
  const pid_t child = fork();
  if (child == 0) {
    execvp(command[0], command);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return 126;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 125;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: count NAME COMMAND [ARGUMENT...]\n");
    return 2;
  }
  const int64_t start = nanoseconds();
  mark_begin();
  const int status = run(arguments + 2);
  mark_end();
  std::printf("Row: %s 1 %lld\n", arguments[1], static_cast<long long>(nanoseconds() - start));
  return status;
}
