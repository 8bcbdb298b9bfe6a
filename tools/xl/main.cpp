// SPDX-License-Identifier: MIT
#include "tools/base/event_loop.hpp"
#include "tools/xl/command.hpp"
#include "tools/xl/context.hpp"

int main(int argc, char** argv) {
  using namespace xenolith::tools;
  block_signals();
  xl::Context context;
  context.settings = xl::read_global_config();
  std::vector<std::string> arguments(argv + 1, argv + argc);
  return xl::run_command_line(context, arguments);
}
