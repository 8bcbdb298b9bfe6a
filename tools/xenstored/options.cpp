// SPDX-License-Identifier: MIT
#include "tools/xenstored/options.hpp"

#include <getopt.h>

#include <charconv>
#include <string_view>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

namespace {

size_t number(std::string_view text) {
  size_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) fail(EINVAL, "\"{}\" is not a number", text);
  return value;
}

const option long_options[] = {
    {"no-domain-init", no_argument, nullptr, 'D'}, {"entry-nb", required_argument, nullptr, 'E'},
    {"pid-file", required_argument, nullptr, 'F'}, {"help", no_argument, nullptr, 'H'},
    {"no-fork", no_argument, nullptr, 'N'},        {"output-pid", no_argument, nullptr, 'P'},
    {"entry-size", required_argument, nullptr, 'S'}, {"trace-file", required_argument, nullptr, 'T'},
    {"transaction", required_argument, nullptr, 't'}, {"perm-nb", required_argument, nullptr, 'A'},
    {"path-max", required_argument, nullptr, 'M'}, {"quota", required_argument, nullptr, 'Q'},
    {"quota-soft", required_argument, nullptr, 'q'}, {"timeout", required_argument, nullptr, 'w'},
    {"no-recovery", no_argument, nullptr, 'R'},    {"internal-db", optional_argument, nullptr, 'I'},
    {"keep-orphans", no_argument, nullptr, 'K'},   {"verbose", no_argument, nullptr, 'V'},
    {"watch-nb", required_argument, nullptr, 'W'}, {nullptr, 0, nullptr, 0},
};

void set_timeout(Options& options, std::string_view text) {
  constexpr std::string_view name = "watch-event=";
  if (!text.starts_with(name)) fail(EINVAL, "--timeout takes watch-event=<seconds>, not \"{}\"", text);
  options.event_timeout = std::chrono::seconds(number(text.substr(name.size())));
}

// Returns whether the option is known.
bool set_option(Options& options, int letter, const char* value) {
  switch (letter) {
    case 'D': options.introduce_self = false; return true;
    case 'E': options.limits.nodes = number(value); return true;
    case 'F': options.pid_file = value; return true;
    case 'H': options.help = true; return true;
    case 'N': options.fork = false; return true;
    case 'P': options.output_pid = true; return true;
    case 'S': options.limits.entry_size = number(value); return true;
    case 'T': options.trace_file = value; return true;
    case 't': options.limits.transactions = number(value); return true;
    case 'A': options.limits.permissions = number(value); return true;
    case 'M': options.limits.path = number(value); return true;
    case 'Q': set_limit(options.limits, value); return true;
    case 'q': return true;  // soft limits only warn
    case 'w': set_timeout(options, value); return true;
    case 'R': return true;  // the tree is not kept in a file that could be corrupted
    case 'I': return true;  // nor anywhere but in memory
    case 'K': options.keep_orphans = true; return true;
    case 'V': options.verbose = true; return true;
    case 'W': options.limits.watches = number(value); return true;
  }
  return false;
}

}  // namespace

void set_limit(Limits& limits, const std::string& text) {
  size_t equals = text.find('=');
  size_t* limit = equals == text.npos ? nullptr : find_limit(limits, text.substr(0, equals));
  if (!limit) fail(EINVAL, "\"{}\" does not name a quota and its value", text);
  *limit = number(std::string_view(text).substr(equals + 1));
}

Options Options::parse(int argc, char** argv) {
  Options options;
  int letter;
  optind = 0;  // getopt keeps state; this begins anew
  while ((letter = getopt_long(argc, argv, "DE:F:HNPS:t:A:M:Q:q:T:RVW:w:I::K", long_options, nullptr)) != -1)
    if (!set_option(options, letter, optarg)) fail(EINVAL, "unknown option; --help tells those there are");
  if (optind != argc) fail(EINVAL, "\"{}\": no arguments are expected", argv[optind]);
  return options;
}

const char* Options::usage() {
  return "Usage: xenstored [options]\n\n"
         "  -D, --no-domain-init       do not serve this domain's own kernel\n"
         "  -F, --pid-file FILE        write the daemon's process id to FILE\n"
         "  -H, --help                 this text\n"
         "  -N, --no-fork              stay in the foreground\n"
         "  -P, --output-pid           print the process id\n"
         "  -T, --trace-file FILE      write requests and answers to FILE\n"
         "  -V, --verbose              tell on stderr what happens\n"
         "  -E, --entry-nb N           nodes that a domain may own (1000)\n"
         "  -S, --entry-size N         bytes of a node (2048)\n"
         "  -W, --watch-nb N           watches of a domain (128)\n"
         "  -t, --transaction N        open transactions of a domain (10)\n"
         "  -A, --perm-nb N            permissions of a node (5)\n"
         "  -M, --path-max N           length of a path (3072)\n"
         "  -Q, --quota WHAT=N         one of nodes, size, watches, transactions, transaction-nodes, permissions,\n"
         "                             path-max, outstanding, memory\n"
         "  -w, --timeout watch-event=SECONDS\n"
         "                             how long events that nobody takes hold up the domain that caused them (20)\n"
         "  -K, --keep-orphans         keep the nodes of domains that are gone\n"
         "  -q, -R, -I                 accepted for Xen's sake, without effect\n";
}

}  // namespace xenolith::tools::xenstored
