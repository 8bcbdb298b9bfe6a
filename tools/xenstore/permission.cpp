// SPDX-License-Identifier: MIT
#include "tools/xenstore/permission.hpp"

#include <charconv>

#include "tools/base/error.hpp"

namespace xenolith::tools {

std::string Permission::text() const { return static_cast<char>(access) + std::to_string(domain.value()); }

Permission Permission::parse(std::string_view text) {
  uint16_t id = 0;
  bool letter = !text.empty() && std::string_view("nrwb").find(text[0]) != std::string_view::npos;
  if (letter && text.size() > 1) {
    const char* end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data() + 1, end, id);
    if (error == std::errc() && rest == end) return {DomainId(id), static_cast<Access>(text[0])};
  }
  fail(EINVAL, "\"{}\" is not a xenstore permission (n, r, w or b, and a domain id)", text);
}

}  // namespace xenolith::tools
