// SPDX-License-Identifier: MIT
#include "tools/console/console_options.hpp"

#include <getopt.h>

#include <string_view>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

namespace {

const option long_options[] = {
    {"help", no_argument, nullptr, 'h'},
    {"version", no_argument, nullptr, 'V'},
    {"verbose", no_argument, nullptr, 'v'},
    {"interactive", no_argument, nullptr, 'i'},
    {"log", required_argument, nullptr, 'l'},
    {"log-dir", required_argument, nullptr, 'r'},
    {"pid-file", required_argument, nullptr, 'p'},
    {"timestamp", required_argument, nullptr, 't'},
    {"overflow-data", required_argument, nullptr, 'o'},
    {"replace-escape", no_argument, nullptr, 'e'},
    {nullptr, 0, nullptr, 0},
};

void choose(std::string_view option, std::string_view what, bool& guests, bool& hypervisor) {
  if (what != "none" && what != "guest" && what != "hv" && what != "all")
    fail(EINVAL, "--{} takes none, guest, hv or all, not \"{}\"", option, what);
  guests = what == "guest" || what == "all";
  hypervisor = what == "hv" || what == "all";
}

Overflow overflow_of(std::string_view what) {
  if (what == "keep") return Overflow::wait;
  if (what == "discard") return Overflow::forget;
  fail(EINVAL, "--overflow-data takes keep or discard, not \"{}\"", what);
}

// Returns whether the option is known.
bool set_option(ConsoleOptions& options, int letter, const char* value) {
  switch (letter) {
    case 'h': options.help = true; return true;
    case 'V': options.version = true; return true;
    case 'v': return true;
    case 'i': options.fork = false; return true;
    case 'l': choose("log", value, options.log_guests, options.log_hypervisor); return true;
    case 'r': options.log_folder = value; return true;
    case 'p': options.pid_file = value; return true;
    case 't':
      choose("timestamp", value, options.guest_style.timestamps, options.hypervisor_style.timestamps);
      return true;
    case 'o': options.overflow = overflow_of(value); return true;
    case 'e': options.guest_style.replace_escape = options.hypervisor_style.replace_escape = true; return true;
  }
  return false;
}

}  // namespace

ConsoleOptions ConsoleOptions::parse(int argc, char** argv) {
  ConsoleOptions options;
  int letter;
  optind = 0;  // getopt keeps state; this begins anew
  while ((letter = getopt_long(argc, argv, "hVvit:o:", long_options, nullptr)) != -1)
    if (!set_option(options, letter, optarg)) fail(EINVAL, "unknown option; --help tells those there are");
  if (optind != argc) fail(EINVAL, "\"{}\": no arguments are expected", argv[optind]);
  return options;
}

const char* ConsoleOptions::usage() {
  return "Usage: xenconsoled [-h] [-V] [-v] [-i] [--log=none|guest|hv|all] [--log-dir=DIR] [--pid-file=PATH]\n"
         "                   [-t, --timestamp=none|guest|hv|all] [-o, --overflow-data=discard|keep]\n"
         "                   [--replace-escape]\n\n"
         "  -i                stay in the foreground\n"
         "  --log             which consoles go to files: guests', the hypervisor's\n"
         "  --timestamp       which of those files get the time before each line\n"
         "  --overflow-data   keep: a guest waits when its output is not read; discard: the oldest is forgotten.\n"
         "                    Without it a guest waits for clients that are there, and only then\n"
         "  --replace-escape  a dot for each ESC in the files\n";
}

}  // namespace xenolith::tools::console
