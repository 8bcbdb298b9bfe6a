// SPDX-License-Identifier: MIT
#include "tools/xenstored/path.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

namespace {
bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-/_@").find(c) != std::string_view::npos;
}
}  // namespace

std::string domain_path(DomainId domain) { return "/local/domain/" + std::to_string(domain.value()); }

std::string release_of(DomainId domain) { return fmt::format("{}/{}", release_domain, domain); }

bool is_special(std::string_view path) {
  if (path == introduce_domain || path == release_domain) return true;
  if (!path.starts_with(release_domain) || path[release_domain.size()] != '/') return false;
  std::string_view number = path.substr(release_domain.size() + 1);
  uint16_t id = 0;
  auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), id);
  return error == std::errc() && release_of(DomainId(id)) == path;
}

std::string absolute_path(std::string_view name, DomainId domain) {
  if (is_special(name)) return std::string(name);
  bool absolute = name.starts_with('/');
  bool valid = !name.empty() && name.size() <= (absolute ? absolute_path_max : relative_path_max) &&
               std::all_of(name.begin(), name.end(), is_name_character) && name.find("//") == name.npos &&
               (name == "/" || !name.ends_with('/')) && !name.starts_with('@');
  if (!valid) fail(EINVAL, "not a path");
  return absolute ? std::string(name) : domain_path(domain) + "/" + std::string(name);
}

std::string_view parent_path(std::string_view path) {
  size_t end = path.rfind('/');
  return path.substr(0, end == 0 ? 1 : end);
}

std::string_view leaf_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace xenolith::tools::xenstored
