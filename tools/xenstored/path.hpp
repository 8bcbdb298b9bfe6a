// SPDX-License-Identifier: MIT
// Names of nodes.
#pragma once

#include <string>
#include <string_view>

#include "tools/control/types.hpp"

namespace xenolith::tools::xenstored {

constexpr size_t absolute_path_max = 3072;
constexpr size_t relative_path_max = 2048;

// "/local/domain/7"
std::string domain_path(DomainId domain);

// "@introduceDomain" or "@releaseDomain": not nodes, but they can be watched, and have permissions. "@releaseDomain/7" is told of
// domain 7 only, and has the permissions of "@releaseDomain".
constexpr std::string_view introduce_domain = "@introduceDomain";
constexpr std::string_view release_domain = "@releaseDomain";
std::string release_of(DomainId domain);
bool is_special(std::string_view path);

// The absolute path that a client of `domain` means. Throws Error(EINVAL) unless it is made of letters, digits and "-/_@",
// with no "//" and no "/" at its end, and is not too long.
std::string absolute_path(std::string_view name, DomainId domain);

// "/a/b" of "/a/b/c"; "/" of "/a". Not for "/".
std::string_view parent_path(std::string_view path);
// "c" of "/a/b/c".
std::string_view leaf_name(std::string_view path);

// Calls visit(name) for each part of an absolute path, from the root on, until it says false.
template <typename F>
void for_each_part(std::string_view path, F&& visit) {
  for (size_t at = 1; at < path.size();) {
    size_t end = std::min(path.find('/', at), path.size());
    if (!visit(path.substr(at, end - at))) return;
    at = end + 1;
  }
}

}  // namespace xenolith::tools::xenstored
