// SPDX-License-Identifier: MIT
#include "arch/arm64/vuart/domain_uart.hpp"

#include <arch/domain_state.hpp>
#include <utility>

#include "arch/arm64/vuart/console_page.hpp"
#include "core/console/console.hpp"
#include "core/console/console_lines.hpp"
#include "core/domain/domain.hpp"
#include "core/events/event_table.hpp"

namespace xenolith::vuart {

Result<xenolith::Port> DomainUart::connect(Gfn ring, DomainId console) {
  ring_ = TRY(GuestPage::map(domain_, ring));
  port_ = TRY(domain_.events().alloc_for_hypervisor(VcpuId{0}, console, [](Vcpu& vcpu, xenolith::Port) {
    if (DomainUart* uart = vcpu.domain().arch().uart()) uart->uart_.poke();
  }));
  is_connected_ = true;
  return port_;
}

void DomainUart::set_line(bool asserted) { domain_.arch().gic().set_line(interrupt_, asserted); }

void DomainUart::put(char c) {
  if (!is_connected_) return console_is_with(domain_.id()) ? show_at_once(c) : show(c);
  line_.with([&](Line&) { console_page::put(page(), c); });
  tell_daemon();
}

size_t DomainUart::room() const { return is_connected_ ? console_page::room(page()) : sizeof(xencons_interface::out); }

std::optional<char> DomainUart::next() {
  std::optional<char> c = is_connected_ ? console_page::take(page()) : std::nullopt;
  if (c) taken_.store(true, std::memory_order_relaxed);
  return c;
}

void DomainUart::has_taken() {
  if (taken_.exchange(false, std::memory_order_relaxed)) tell_daemon();
}

void DomainUart::tell_daemon() { domain_.events().send_for_hypervisor(port_); }

// A line is shown when it ends or its place is full.
void DomainUart::show(char c) {
  bool is_shown = c == '\t' || (static_cast<u8>(c) >= ' ' && static_cast<u8>(c) < 0x7f);
  Line done;
  line_.with([&](Line& line) {
    if (is_shown) line.text[line.length++] = c;
    if (c != '\n' && line.length < line.text.size()) return;
    done = line;
    line.length = 0;
  });
  if (c != '\n' && done.length == 0) return;
  std::array<char, 16> prefix;
  Console::print({prefix.data(), format(prefix, "DOM{}: ", domain_.id())}, {done.text.data(), done.length});
}

// To somebody who types there: prompts have no line's end. What came before, behind a prefix, is printed first.
void DomainUart::show_at_once(char c) {
  Line before = line_.with([](Line& line) { return std::exchange(line, {}); });
  if (before.length != 0) Console::print_raw({before.text.data(), before.length});
  Console::print_raw({&c, 1});
}

}  // namespace xenolith::vuart
