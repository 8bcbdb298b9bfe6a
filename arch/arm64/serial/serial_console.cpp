// SPDX-License-Identifier: MIT
#include "arch/arm64/serial/serial_console.hpp"

#include <array>
#include <new>

#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/machine/host.hpp"
#include "arch/arm64/serial/cadence.hpp"
#include "arch/arm64/serial/ns16550.hpp"
#include "arch/arm64/serial/pl011.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/console/console.hpp"
#include "core/console/console_work.hpp"
#include "core/console/serial_line.hpp"
#include "core/time/clock.hpp"
#include "core/time/timer.hpp"

namespace xenolith::serial {
namespace {

constinit StringOption console{"console", "Where console text goes: dtuart or none.", "dtuart"};
XENOLITH_REGISTER_OPTION(console);
constinit StringOption dtuart{"dtuart", "Path or alias of the console's device tree node; the default is /chosen's stdout-path."};
XENOLITH_REGISTER_OPTION(dtuart);

constexpr Duration poll_interval = milliseconds(20);

constinit std::optional<HostUart> used{};
union Storage {
  constexpr Storage() : none{} {}
  ~Storage() {}
  char none;
  Pl011 pl011;
  Ns16550 ns16550;
  Cadence cadence;
};
constinit Storage storage;
constinit Uart* uart = nullptr;
alignas(SerialLine) constinit std::byte line_storage[sizeof(SerialLine)]{};
SerialLine& line() { return *reinterpret_cast<SerialLine*>(line_storage); }

// Takes what has been received, sends what waits.
void exchange() {
  std::array<char, 16> characters;
  for (unsigned rounds = 0; rounds < 16; ++rounds) {
    size_t count = 0;
    while (count < characters.size()) {
      std::optional<char> c = uart->get();
      if (!c) break;
      characters[count++] = *c;
    }
    note_input({characters.data(), count});
    if (count < characters.size()) break;
  }
  Console::service(line());
}

class Action final : public gic::InterruptAction {
 public:
  gic::After arrived(gic::Intid) override {
    uart->acknowledge();
    exchange();
    return gic::After::deactivate;
  }
};
constinit Action action;

void poll(void*);
Timer& poll_timer() {
  alignas(Timer) static constinit std::array<std::byte, sizeof(Timer)> place{};
  static constinit bool built = false;
  auto* timer = reinterpret_cast<Timer*>(place.data());
  if (!built) new (timer) Timer{poll, nullptr};
  built = true;
  return *timer;
}
void poll(void*) {
  exchange();
  poll_timer().set(now() + poll_interval);
}

bool start_interrupt() {
  if (!used->interrupt || used->interrupt->id.raw() < gic::private_count) return false;
  gic::Intid intid{used->interrupt->id.raw()};
  if (gic::bind_spi(intid, action).failed()) return false;
  gic::set_spi(intid, true, gic::Trigger::level, CpuId{0});
  return true;
}

}  // namespace

const std::optional<HostUart>& console_uart() { return used; }

void choose_console() {
  if (console.value() == "none") return;
  used = machine::description().uart;
  if (dtuart.value().empty()) return;
  if (Result<HostUart> found = describe_uart(machine::tree().find(dtuart.value()))) used = *found;
}

void start_console(void* base) {
  switch (used->kind) {
    case UartKind::pl011:
    case UartKind::sbsa: uart = new (&storage.pl011) Pl011{base, *used}; break;
    case UartKind::ns16550:
    case UartKind::dw8250: uart = new (&storage.ns16550) Ns16550{base, *used}; break;
    case UartKind::cadence: uart = new (&storage.cadence) Cadence{base, *used}; break;
    default: used.reset(); return;
  }
  uart->initialise();
  new (&line()) SerialLine{*uart};
  Console::attach(line());
}

void move_console(void* base) { uart->move(base); }

void start_interrupts() {
  if (!uart) return;
  if (!start_interrupt()) {
    log_info("Console: {}, looked at each {} ms", used->node.name(), poll_interval.raw() / milliseconds(1).raw());
    return poll_timer().set(now() + poll_interval);
  }
  log_info("Console: {}, interrupt {}", used->node.name(), used->interrupt->id.raw());
  line().set_buffered(!Console::is_synchronous());
  uart->enable_receive_interrupt();
}

}  // namespace xenolith::serial
