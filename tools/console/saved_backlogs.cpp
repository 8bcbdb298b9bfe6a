// SPDX-License-Identifier: MIT
#include "tools/console/saved_backlogs.hpp"

#include <charconv>

#include "tools/base/error.hpp"

namespace xenolith::tools::console {

namespace {

constexpr std::string_view magic = "xenolith xenconsoled 2 ";

// A decimal number and the character behind it.
uint64_t take_number(std::string_view& bytes) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), value);
  auto length = static_cast<size_t>(end - bytes.data());
  if (error != std::errc() || length >= bytes.size()) fail(EBADMSG, "the saved consoles are damaged");
  bytes.remove_prefix(length + 1);
  return value;
}

}  // namespace

std::string encode(const SavedConsoles& saved) {
  std::string bytes = fmt::format("{}{}\n", magic, saved.hypervisor_position);
  for (const auto& [id, backlog] : saved.backlogs) {
    bytes += fmt::format("{} {} {}\n", id.domain, static_cast<unsigned>(id.kind), backlog.size());
    bytes += backlog;
  }
  return bytes;
}

SavedConsoles decode(std::string_view bytes) {
  SavedConsoles saved;
  if (!bytes.starts_with(magic)) fail(EBADMSG, "these are no saved consoles");
  bytes.remove_prefix(magic.size());
  saved.hypervisor_position = static_cast<uint32_t>(take_number(bytes));
  while (!bytes.empty()) {
    uint64_t domain = take_number(bytes);
    uint64_t kind = take_number(bytes);
    uint64_t size = take_number(bytes);
    if (domain > UINT16_MAX || kind > static_cast<uint64_t>(ConsoleKind::serial_line) || size > bytes.size()) fail(EBADMSG, "the saved consoles are damaged");
    saved.backlogs[{DomainId(static_cast<uint16_t>(domain)), static_cast<ConsoleKind>(kind)}] = bytes.substr(0, size);
    bytes.remove_prefix(size);
  }
  return saved;
}

}  // namespace xenolith::tools::console
