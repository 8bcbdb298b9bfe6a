// SPDX-License-Identifier: MIT
#include "core/console/console_io.hpp"

#include <algorithm>
#include <array>

#include "core/base/lock.hpp"
#include "core/console/console.hpp"
#include "core/console/console_work.hpp"
#include "core/console/guest_line_buffers.hpp"

namespace xenolith {
namespace {

constexpr u64 most_characters = 0x7fffffff;

// Below LockRank::console in nothing: lines are printed after the lock has been let go.
constinit Locked<GuestLineBuffers, LockRank::console, IrqSafety::interrupt> buffers;

struct FinishedLine {
  std::array<char, 160> text;
  DomainId domain;
  size_t length = 0;
  bool is_there = false;
};

void print_guest_line(const FinishedLine& line) {
  if (!line.is_there || !Console::admit(LogLevel::debug, LogSource::guest)) return;
  std::array<char, 16> prefix;
  Console::print({prefix.data(), format(prefix, "(d{}) ", line.domain)}, {line.text.data(), line.length});
}

// Calls act(buffers, keep), where keep takes a line over; prints those it got.
template <class Act>
void with_buffers(Act act) {
  std::array<FinishedLine, 2> lines{};  // a character ends at most its own line and an older one that makes room
  size_t count = 0;
  buffers.with([&](GuestLineBuffers& b) {
    act(b, [&](DomainId domain, std::string_view text) {
      FinishedLine& line = lines[std::min(count++, lines.size() - 1)];
      std::ranges::copy(text, line.text.begin());
      line.domain = domain, line.length = text.size(), line.is_there = true;
    });
  });
  for (const FinishedLine& line : lines) print_guest_line(line);
}

bool is_verbose() { return Console::threshold(LogSource::guest).judge(LogLevel::debug) != LogThreshold::Verdict::drop; }

void put(const Domain& domain, std::string_view text) {
  if (domain.is_hardware()) return Console::print_raw(text);
  for (char c : text) put_guest_console(domain, c);
}

HypercallOutcome write(Vcpu& caller, u64 count, GuestHandle<char> buffer) {
  std::array<char, 256> part;
  for (u64 done = 0; done < count;) {
    u64 now = std::min<u64>(part.size(), count - done);
    TRY(buffer.read_array(caller, {part.data(), now}, done));
    put(caller.domain(), {part.data(), now});
    done += now;
    if (done < count && preemption_due())
      return HypercallOutcome::again({{CONSOLEIO_write, count - done, (buffer + done).address().raw(), 0, 0}});
  }
  return i64{0};
}

HypercallOutcome read(Vcpu& caller, u64 count, GuestHandle<char> buffer) {
  std::array<char, 256> part;
  u64 done = 0;
  while (done < count) {
    size_t got = read_console_input({part.data(), std::min<u64>(part.size(), count - done)});
    if (got == 0) break;
    TRY(buffer.write_array(caller, {part.data(), got}, done));
    done += got;
  }
  return static_cast<i64>(done);
}

}  // namespace

void put_guest_console(const Domain& domain, char c) {
  with_buffers([&](GuestLineBuffers& b, auto keep) { b.put(domain.id(), c, keep); });
}

void end_guest_console(const Domain& domain) {
  with_buffers([&](GuestLineBuffers& b, auto keep) { b.end(domain.id(), keep); });
}

HypercallOutcome console_io(Vcpu& caller, const HypercallArguments& arguments) {
  const Domain& domain = caller.domain();
  // The command and the count are 32 bits wide in the interface.
  u32 command = static_cast<u32>(arguments[0]), count = static_cast<u32>(arguments[1]);
  bool is_privileged = domain.is_control() || domain.is_hardware();
  if (!is_privileged && !(command == CONSOLEIO_write && is_verbose())) return Failure{XEN_EPERM};
  if (count > most_characters) return Failure{XEN_ERANGE};
  GuestHandle<char> buffer{arguments[2]};
  switch (command) {
    case CONSOLEIO_write: return write(caller, count, buffer);
    case CONSOLEIO_read: return read(caller, count, buffer);
  }
  return Failure{XEN_ENOSYS};
}

}  // namespace xenolith
