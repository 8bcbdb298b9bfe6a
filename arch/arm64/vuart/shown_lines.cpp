// SPDX-License-Identifier: MIT
#include "arch/arm64/vuart/shown_lines.hpp"

#include <arch/domain_state.hpp>

#include "core/domain/domain.hpp"

namespace xenolith::vuart {
namespace {

DomainUart* line_of(Domain& domain) {
  DomainUart* uart = domain.arch().uart();
  return uart && uart->is_shown() ? uart : nullptr;
}

class ShownLines final : public ConsoleLines {
 public:
  std::optional<DomainId> after(DomainId last) const override {
    for (Domain* domain = next(last); domain; domain = next(domain->id()))
      if (line_of(*domain)) return domain->id();
    return std::nullopt;
  }

  void type(DomainId id, char c) override {
    Domain* domain = DomainTable::find(id);
    DomainUart* uart = domain ? line_of(*domain) : nullptr;
    if (uart) uart->type(c);
  }

 private:
  static Domain* next(DomainId last) { return DomainTable::next(DomainId{static_cast<u16>(last.raw() + 1)}); }
};
constinit ShownLines the_lines;

}  // namespace

ConsoleLines& shown_lines() { return the_lines; }

}  // namespace xenolith::vuart
