// SPDX-License-Identifier: MIT
// The console client: what `xl console` runs.
#include <fcntl.h>
#include <getopt.h>
#include <sys/file.h>
#include <unistd.h>

#include <charconv>

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"
#include "tools/console/console_client.hpp"
#include "tools/xenstore/socket_store.hpp"

namespace xenolith::tools::console {
namespace {

using namespace std::chrono_literals;

struct Options {
  ConsoleChoice choice;
  int notify = -1;      // descriptor that learns that the connection stands
  char escape = 0x1d;   // Ctrl-]
  bool interactive = false;
  bool help = false;
};

unsigned number(std::string_view text) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) fail(EINVAL, "\"{}\" is not a number", text);
  return value;
}

// "^]" or a single character.
char escape_of(std::string_view text) {
  if (text.size() == 2 && text[0] == '^') return static_cast<char>(text[1] & 0x1f);
  if (text.size() == 1) return text[0];
  fail(EINVAL, "\"{}\" is not a character, nor ^ and one", text);
}

Options parse(int argc, char** argv) {
  static const option known[] = {{"type", required_argument, nullptr, 't'},
                                 {"num", required_argument, nullptr, 'n'},
                                 {"escape", required_argument, nullptr, 'e'},
                                 {"start-notify-fd", required_argument, nullptr, 's'},
                                 {"interactive", no_argument, nullptr, 'i'},
                                 {"help", no_argument, nullptr, 'h'},
                                 {nullptr, 0, nullptr, 0}};
  Options options;
  int letter;
  while ((letter = getopt_long(argc, argv, "hn:t:e:s:i", known, nullptr)) != -1) {
    switch (letter) {
      case 't': options.choice.type = parse_console_type(optarg); break;
      case 'n': options.choice.number = number(optarg); break;
      case 'e': options.escape = escape_of(optarg); break;
      case 's': options.notify = static_cast<int>(number(optarg)); break;
      case 'i': options.interactive = true; break;
      case 'h': options.help = true; return options;
      default: fail(EINVAL, "unknown option; --help tells those there are");
    }
  }
  if (optind + 1 != argc) fail(EINVAL, "which domain? One domain id is expected");
  unsigned id = number(argv[optind]);
  if (id > UINT16_MAX) fail(EINVAL, "{} is not a domain id", id);
  options.choice.domain = DomainId(static_cast<uint16_t>(id));
  return options;
}

// Two clients would take each other's bytes.
UniqueFd lock_console(const ConsoleChoice& choice) {
  const char* kind = choice.type == ConsoleType::vuart ? "vuart" : "";
  std::string path = fmt::format("/var/lock/xenconsole.{}.{}{}", choice.domain, kind, choice.number);
  UniqueFd fd(check(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), "opening {}", path));
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) fail(EBUSY, "another client has this console");
  return fd;
}

int run(const Options& options) {
  EventLoop loop;
  auto store = SocketStore::connect();
  std::string tty = wait_for_tty(loop, *store, options.choice, "", 5s);
  UniqueFd lock = lock_console(options.choice);
  if (options.notify >= 0) {
    const char started = 0;
    check(::write(options.notify, &started, 1), "telling that the console stands");
    ::close(options.notify);
  }
  while (talk(tty, options.escape) == ConsoleEnd::terminal_closed) {
    // The domain is gone, or xenconsoled has been started again and made another terminal.
    try {
      store = SocketStore::connect();
      tty = wait_for_tty(loop, *store, options.choice, tty, 3s);
    } catch (const Error&) {
      return 0;
    }
  }
  return 0;
}

}  // namespace
}  // namespace xenolith::tools::console

int main(int argc, char** argv) {
  using namespace xenolith::tools;
  try {
    console::Options options = console::parse(argc, argv);
    if (options.help) {
      fmt::print("Usage: xenconsole [--type pv|serial|vuart] [--num N] [--escape ^X] [--start-notify-fd FD] DOMID\n");
      return 0;
    }
    return console::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "xenconsole: {}\n", error.what());
    return 1;
  }
}
