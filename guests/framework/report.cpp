// SPDX-License-Identifier: MIT
#include "guests/framework/report.hpp"

#include <guest/machine.hpp>

#include "guests/framework/hypercall.hpp"

namespace xenolith::guest {
namespace {

// A hypervisor may keep its console to privileged domains.
void write_console(const char* text, size_t length) {
  if (hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, length, address_of(text)) >= 0) return;
  write_debug({text, length});
}

}  // namespace

void print_line(std::string_view format, std::span<const FormatArgument> arguments) {
  char line[320];
  size_t length = format_to({line, sizeof line - 1}, format, arguments);
  line[length++] = '\n';
  write_console(line, length);
}

void fail_and_end(std::string_view format, std::span<const FormatArgument> arguments) {
  char why[240];
  size_t length = format_to(why, format, arguments);
  note("Error: {}", std::string_view{why, length});
  power_off();
}

// The first failure is the one that is told; a skip gives way to a failure.
void Check::set(Verdict verdict, std::string_view format, std::span<const FormatArgument> arguments) {
  if (verdict_ >= verdict) return;
  verdict_ = verdict;
  why_length_ = format_to(why_, format, arguments);
}

Check::~Check() {
  std::string_view why{why_, why_length_};
  if (verdict_ == Verdict::success) note("Success: {}", name_);
  else note("{}: {}: {}", verdict_ == Verdict::skip ? "Skip" : "Failure", name_, why);
}

}  // namespace xenolith::guest
