// SPDX-License-Identifier: MIT
#include "arch/x86/serial/serial_console.hpp"

#include <arch/machine_end.hpp>

#include <array>
#include <atomic>

#include "arch/x86/irq/hardware_port_io.hpp"
#include "arch/x86/irq/host_irq.hpp"
#include "arch/x86/irq/io_apic_source.hpp"
#include "core/paging/page_table.hpp"
#include "arch/x86/serial/ns16550.hpp"
#include "arch/x86/serial/vga_text.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"
#include "core/console/console.hpp"
#include "core/console/console_work.hpp"
#include "core/console/serial_line.hpp"
#include "core/time/clock.hpp"
#include "core/time/timer.hpp"

namespace xenolith::serial {
namespace {

constinit StringOption console{"console", "Where console text goes: com1, com2, vga, none, or several with commas.",
                               "com1,vga"};
XENOLITH_REGISTER_OPTION(console);

constexpr std::string_view line_form = "<baud>|auto[/<clock_hz>][,[DPS][,[<io-base>][,[<irq>]]]]";
constinit std::array<LineSettings, 2> settings{};
template <unsigned index>
Result<void> set_line(std::string_view text) {
  settings[index] = TRY(LineSettings::parse(text));
  return {};
}
constinit CustomOption com1{"com1", "The first serial line.", line_form, set_line<0>};
XENOLITH_REGISTER_OPTION(com1);
constinit CustomOption com2{"com2", "The second serial line.", line_form, set_line<1>};
XENOLITH_REGISTER_OPTION(com2);

bool console_has(std::string_view wanted) {
  std::string_view list = console.value();
  while (!list.empty()) {
    size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == wanted) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

constexpr Duration poll_interval = milliseconds(20);

// A serial line in use, with its way of being told of characters.
class Line final : public irq::InterruptAction {
 public:
  constexpr Line(irq::PortIo& io, u16 base, u8 irq) : port_{io, base, irq} {}

  void start(const LineSettings& line_settings) {
    if (!port_.initialise(line_settings)) return;
    is_used_ = true;
    Console::attach(sink_);
  }
  bool is_used() const { return is_used_; }
  std::optional<Gsi> gsi() const { return gsi_; }
  const Ns16550& port() const { return port_; }

  Result<void> start_interrupt(irq::HostInterrupts& interrupts, irq::HostIoApics& io_apics) {
    if (port_.irq() == 0) return Failure{XEN_ENODEV};
    irq::LineRoute route = io_apics.isa(port_.irq());
    auto pin = io_apics.find(route.gsi);
    if (!pin) return Failure{XEN_ENODEV};
    source_.emplace(*pin, route.trigger, route.polarity);
    Own<irq::HostIrq> irq = TRY(irq::HostIrq::create(interrupts, {.source = *source_, .action = *this, .trigger = route.trigger}));
    gsi_ = route.gsi;
    irq->set_masked(false);
    irq.release();  // for ever
    sink_.set_buffered(!Console::is_synchronous());
    port_.enable_receive_interrupt();
    return {};
  }

  Verdict fire(unsigned) override {
    port_.serve_interrupt([&] { exchange(); });
    return Verdict::handled;
  }

  // Takes what has been received, sends what waits.
  void exchange() {
    std::array<char, 16> characters;
    for (unsigned rounds = 0; rounds < 16; ++rounds) {
      size_t count = 0;
      while (count < characters.size()) {
        std::optional<char> c = port_.get();
        if (!c) break;
        characters[count++] = *c;
      }
      note_input({characters.data(), count});
      if (count < characters.size()) break;
    }
    Console::service(sink_);
  }

 private:
  Ns16550 port_;
  SerialLine sink_{port_};
  bool is_used_ = false;
  std::optional<Gsi> gsi_;
  std::optional<irq::IoApicSource> source_;
};

constinit irq::HardwarePortIo hardware;
constinit Line first_line{hardware, 0x3f8, 4};
constinit Line second_line{hardware, 0x2f8, 3};
constinit std::array<Line*, 2> lines{&first_line, &second_line};
constinit bool is_started = false;
constinit VgaText screen{nullptr};
constinit bool screen_is_used = false;

void poll(void* context);
// Built when it is needed: a timer's constructor is not constant.
Timer& poll_timer() {
  alignas(Timer) static constinit std::array<std::byte, sizeof(Timer)> storage{};
  static constinit bool built = false;
  auto* timer = reinterpret_cast<Timer*>(storage.data());
  if (!built) new (timer) Timer{poll, nullptr};
  built = true;
  return *timer;
}
void poll(void*) {
  for (Line* line : lines)
    if (line->is_used() && !line->gsi()) line->exchange();
  poll_timer().set(now() + poll_interval);
}

}  // namespace

void start_console() {
  is_started = true;
  if (console_has("com1")) first_line.start(settings[0]);
  if (console_has("com2")) second_line.start(settings[1]);
}

void start_screen() {
  if (!console_has("vga")) return;
  Result<void*> cells = mm::map_device(MachineAddress{VgaText::machine_address}, 2 * page_size);
  if (!cells) return;
  new (&screen) VgaText{static_cast<volatile u16*>(*cells)};
  screen.clear();
  screen_is_used = true;
  Console::attach(screen);
}

void give_screen_away() {
  if (screen_is_used) Console::detach(screen);
  screen_is_used = false;
}

void start_interrupts(irq::HostInterrupts& interrupts, irq::HostIoApics& io_apics) {
  bool must_poll = false;
  for (Line* line : lines) {
    if (!line->is_used()) continue;
    if (Result<void> started = line->start_interrupt(interrupts, io_apics); started.failed()) must_poll = true;
  }
  if (must_poll) poll_timer().set(now() + poll_interval);
}

std::optional<Claim> claim(unsigned index) {
  if (index >= lines.size() || !lines[index]->is_used()) return std::nullopt;
  u16 base = lines[index]->port().base();
  return Claim{base, static_cast<u16>(base + Ns16550::ports), lines[index]->gsi()};
}

}  // namespace xenolith::serial

namespace xenolith::arch {

void start_emergency_console() {
  if (!serial::is_started) serial::start_console();
}

}  // namespace xenolith::arch
