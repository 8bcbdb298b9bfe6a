// SPDX-License-Identifier: MIT
#include "arch/x86/machine_end/reboot_methods.hpp"

#include <algorithm>

namespace xenolith {
namespace {

Result<void> apply(RebootChoice& choice, char letter) {
  switch (letter) {
    case 'a':
    case 'e':
    case 'x': choice.method = RebootMethod::acpi; return {};
    case 'k': choice.method = RebootMethod::keyboard; return {};
    case 'p': choice.method = RebootMethod::pci; return {};
    case 'P': choice.method = RebootMethod::power; return {};
    case 't': choice.method = RebootMethod::triple_fault; return {};
    case 'n': choice.method = RebootMethod::none; return {};
    case 'w': choice.warm = true; return {};
    case 'c': choice.warm = false; return {};
  }
  return Failure{XEN_EINVAL};
}

}  // namespace

Result<RebootChoice> RebootChoice::parse(std::string_view text) {
  RebootChoice choice;
  while (!text.empty()) {
    size_t end = std::min(text.find(','), text.size());
    if (end == 0) return Failure{XEN_EINVAL};
    TRY(apply(choice, text[0]));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return choice;
}

std::span<const RebootMethod> RebootChoice::order(std::array<RebootMethod, 5>& room) const {
  if (method == RebootMethod::none) return {};
  size_t count = 0;
  room[count++] = method;
  for (RebootMethod other : {RebootMethod::acpi, RebootMethod::keyboard, RebootMethod::pci, RebootMethod::triple_fault})
    if (other != method) room[count++] = other;
  return {room.data(), count};
}

}  // namespace xenolith
