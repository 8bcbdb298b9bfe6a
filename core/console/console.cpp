// SPDX-License-Identifier: MIT
#include "core/console/console.hpp"

#include <arch/cpu.hpp>

#include <array>

#include "core/base/bits.hpp"
#include "core/base/lock.hpp"
#include "core/boot/options.hpp"
#include "core/console/console_work.hpp"
#include "core/console/log_options.hpp"
#include "core/console/rate_limit.hpp"
#include "core/console/timestamp.hpp"
#include "core/hypercall/guest_handle.hpp"
#include "core/memory/heap_pages.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {

constinit SizeOption conring_size{"conring_size", "Size of the buffer that `xl dmesg` shows, up to 2 MiB.",
                                  SizeValue{32768, false}};
XENOLITH_REGISTER_OPTION(conring_size);
constinit BoolOption sync_console{"sync_console", "Wait for each console character to be sent before going on.", false};
XENOLITH_REGISTER_OPTION(sync_console);
constinit BoolOption console_to_ring{
    "console_to_ring", "Put what the hardware domain writes to the console into the buffer of `xl dmesg`, too.", false};
XENOLITH_REGISTER_OPTION(console_to_ring);

// Holds what is printed before memory can be allocated.
constexpr size_t early_ring_size = 16384;
constinit std::array<char, early_ring_size> early_ring{};

struct State {
  ConsoleRing ring{early_ring};
  ConsoleSink* sinks = nullptr;
  bool at_line_start = true;
  RateLimit hypervisor_limit{seconds(5), 10};
  RateLimit guest_limit{seconds(5), 10};
};
constinit Locked<State, LockRank::console, IrqSafety::interrupt> state;
constinit std::atomic<bool> in_panic{false};
constinit std::atomic<bool> notifying{false};

template <class Function>
decltype(auto) with_state(Function function) {
  if (in_panic.load(std::memory_order_relaxed)) return function(state.unsynchronised());
  return state.with(function);
}

size_t make_prefix(std::span<char> to, std::string_view prefix) {
  size_t used = format(to, "{}", prefix);
  TimestampMode mode = timestamp_mode();
  if (mode == TimestampMode::none) return used;
  return used + format_timestamp(to.subspan(used), mode, {now(), wall_clock(), arch::cycles()});
}

void tell_of_ring() {
  if (notifying.load(std::memory_order_relaxed)) note_ring_changed();
}

}  // namespace

void Console::show(ConsoleSink* first, std::string_view text) {
  for (ConsoleSink* sink = first; sink; sink = sink->next_) {
    sink->write(text);
    if (in_panic.load(std::memory_order_relaxed)) sink->flush();
  }
}

void Console::attach(ConsoleSink& sink) {
  with_state([&](State& s) {
    sink.next_ = s.sinks;
    s.sinks = &sink;
    std::array<char, 128> part;
    for (u32 at = s.ring.first(); at != s.ring.end();) {
      size_t count = s.ring.read(at, part);
      sink.write({part.data(), count});
      at += static_cast<u32>(count);
    }
  });
}

void Console::detach(ConsoleSink& sink) {
  with_state([&](State& s) {
    for (ConsoleSink** link = &s.sinks; *link; link = &(*link)->next_)
      if (*link == &sink) {
        *link = sink.next_;
        return;
      }
  });
}

void Console::service(ConsoleSink& sink) {
  with_state([&](State&) { sink.service(); });
}

bool Console::is_synchronous() { return sync_console.value(); }

Result<void> Console::allocate_ring() {
  constexpr unsigned highest_order = 9;
  unsigned order = 0;
  while (order < highest_order && (page_size << order) < conring_size.value().amount) ++order;
  if ((page_size << order) <= early_ring_size) return {};
  HeapPages pages = TRY(HeapPages::allocate(order));
  state.with([&](State& s) { s.ring.grow({pages.as<char>(), pages.size()}); });
  new (&pages) HeapPages;  // the ring's for ever
  return {};
}

void Console::start_notifying() { notifying.store(true, std::memory_order_relaxed); }

void Console::print(std::string_view prefix, std::string_view text) {
  std::array<char, 64> head;
  size_t head_length = make_prefix(head, prefix);
  with_state([&](State& s) {
    auto put = [&](std::string_view piece) {
      s.ring.append(piece);
      show(s.sinks, piece);
    };
    if (!s.at_line_start) put("\n");
    s.at_line_start = true;
    for (bool more = true; more;) {
      size_t end = text.find('\n');
      put({head.data(), head_length});
      put(text.substr(0, end));
      put("\n");
      more = end != text.npos && end + 1 < text.size();
      if (more) text.remove_prefix(end + 1);
    }
  });
  tell_of_ring();
}

void Console::print_raw(std::string_view text) {
  if (text.empty()) return;
  bool to_ring = console_to_ring.value();
  with_state([&](State& s) {
    if (to_ring) s.ring.append(text);
    show(s.sinks, text);
    s.at_line_start = text.back() == '\n';
  });
  if (to_ring) tell_of_ring();
}

bool Console::admit(LogLevel level, LogSource source) {
  LogThreshold::Verdict verdict = threshold(source).judge(level);
  if (verdict != LogThreshold::Verdict::limit) return verdict == LogThreshold::Verdict::print;
  SystemTime time = now();
  RateLimit::Answer answer = with_state([&](State& s) {
    return (source == LogSource::guest ? s.guest_limit : s.hypervisor_limit).ask(time);
  });
  if (answer.pass && answer.missed != 0) {
    std::array<char, 64> text;
    print("(XEN) ", {text.data(), format(text, "printk: {} messages suppressed.", answer.missed)});
  }
  return answer.pass;
}

void Console::enter_panic() { in_panic.store(true, std::memory_order_relaxed); }

Result<void> Console::read(Vcpu& caller, xen_sysctl_readconsole& operation) {
  GuestHandle<char> buffer{operation.buffer.p};
  u32 at = with_state([&](State& s) { return operation.incremental ? s.ring.resume_at(operation.index) : s.ring.first(); });
  u32 sofar = 0;
  while (sofar < operation.count) {
    std::array<char, 512> part;
    size_t wanted = std::min<size_t>(part.size(), operation.count - sofar);
    size_t count = with_state([&](State& s) {
      at = s.ring.resume_at(at);  // older text may have gone meanwhile
      return s.ring.read(at, {part.data(), wanted});
    });
    if (count == 0) break;
    TRY(buffer.write_array(caller, {part.data(), count}, sofar));
    at += static_cast<u32>(count);
    sofar += static_cast<u32>(count);
  }
  if (operation.clear) with_state([&](State& s) { s.ring.clear(at); });
  operation.count = sofar;
  operation.index = at;
  return {};
}

}  // namespace xenolith
