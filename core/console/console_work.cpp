// SPDX-License-Identifier: MIT
#include "core/console/console_work.hpp"

#include <array>
#include <atomic>

#include "core/base/interface.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/console/console.hpp"
#include "core/console/console_input.hpp"
#include "core/console/console_lines.hpp"
#include "core/console/debug_keys.hpp"
#include "core/domain/domain.hpp"
#include "core/domain/end_of_machine.hpp"
#include "core/run/cpu_work.hpp"

namespace xenolith {
namespace {

constinit StringOption conswitch{
    "conswitch", "The letter that, with Ctrl and typed three times, moves console input between hypervisor and dom0 (0: none); "
                 "a second letter x leaves it with the hypervisor at boot.", "a"};
XENOLITH_REGISTER_OPTION(conswitch);

// Characters on their way from the interrupt to the main loop.
struct Arrivals {
  std::array<char, 256> characters{};
  u32 first = 0, end = 0;
};
constinit Locked<Arrivals, LockRank::console, IrqSafety::interrupt> arrivals;
constinit Locked<ConsoleInput, LockRank::console, IrqSafety::interrupt> input;
constinit std::atomic<bool> ring_changed{false};
constinit std::atomic<bool> is_started{false};
constinit ConsoleLines* lines = nullptr;

void tell_reader(ConsoleInput::Reader reader, char letter) {
  std::array<char, 64> tail;
  size_t length = letter ? format(tail, " (type 'CTRL-{}' three times to switch input)", letter) : 0;
  Console::Everything everything;
  std::string_view how{tail.data(), length};
  if (reader.kind == ConsoleReader::Kind::hypervisor) return log_info("*** Serial input to Xen{}", how);
  log_info("*** Serial input to DOM{}{}", reader.domain, how);
}

// Round from the hypervisor to the hardware domain, to each domain with a line, and back.
ConsoleReader reader_after(const ConsoleReader& now) {
  using Kind = ConsoleReader::Kind;
  if (now.kind == Kind::hypervisor && DomainTable::hardware_domain()) return {Kind::hardware_domain, DomainId{0}};
  DomainId last = now.kind == Kind::line ? now.domain : DomainId{0};
  std::optional<DomainId> line = lines ? lines->after(last) : std::nullopt;
  return line ? ConsoleReader{Kind::line, *line} : ConsoleReader{};
}

void give_to(const ConsoleReader& reader) {
  input.with([&](ConsoleInput& in) { in.set_reader(reader); });
}

char switch_letter() {
  std::string_view text = conswitch.value();
  return text.empty() || text[0] == '0' ? '\0' : text[0];
}

bool next_arrival(char& c) {
  return arrivals.with([&](Arrivals& a) {
    if (a.first == a.end) return false;
    c = a.characters[a.first++ % a.characters.size()];
    return true;
  });
}

void take(char c) {
  std::array<char, 4> keys;
  size_t count = 0;
  ConsoleReader reader{};
  bool changes = input.with([&](ConsoleInput& in) {
    bool result = in.take(c, [&](char key) { keys[count++] = key; });  // at most two held ones and c
    reader = in.reader();
    return result;
  });
  for (size_t i = 0; i < count; ++i) {
    if (reader.kind == ConsoleReader::Kind::line) lines->type(reader.domain, keys[i]);
    else handle_debug_key(keys[i]);
  }
  if (!changes) return;
  ConsoleReader next = reader_after(reader);
  give_to(next);
  tell_reader(next, switch_letter());
}

void do_console_work() {
  bool any = false;
  for (char c; next_arrival(c); any = true) take(c);
  if (any && input.with([](ConsoleInput& in) { return !in.is_empty(); })) send_global_virq(VIRQ_CONSOLE);
  if (ring_changed.exchange(false, std::memory_order_relaxed)) send_global_virq(VIRQ_CON_RING);
}

}  // namespace

void take_on_console_work() {
  set_work_handler(Work::console, do_console_work);
  char letter = switch_letter();
  input.with([&](ConsoleInput& in) { in.set_switch_character(letter ? static_cast<char>(letter & 0x1f) : '\0'); });
  is_started.store(true, std::memory_order_relaxed);
}

void console_boot_ends() {
  std::string_view text = conswitch.value();
  ConsoleReader reader = text.size() > 1 && text[1] == 'x' ? ConsoleReader{} : reader_after({});
  give_to(reader);
  tell_reader(reader, switch_letter());
  Console::start_notifying();
}

void set_console_lines(ConsoleLines& the_lines) { lines = &the_lines; }

bool console_is_with(DomainId domain) {
  return input.with([&](ConsoleInput& in) { return in.reader() == ConsoleReader{ConsoleReader::Kind::line, domain}; });
}

void note_ring_changed() {
  if (!is_started.load(std::memory_order_relaxed)) return;
  if (!ring_changed.exchange(true, std::memory_order_relaxed)) run_work_soon(Work::console);
}

void note_input(std::span<const char> characters) {
  if (characters.empty()) return;
  arrivals.with([&](Arrivals& a) {
    for (char c : characters)
      if (a.end - a.first < a.characters.size()) a.characters[a.end++ % a.characters.size()] = c;
  });
  if (is_started.load(std::memory_order_relaxed)) run_work_soon(Work::console);
}

size_t read_console_input(std::span<char> to) {
  return input.with([&](ConsoleInput& in) { return in.read(to); });
}

}  // namespace xenolith
