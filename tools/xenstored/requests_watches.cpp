// SPDX-License-Identifier: MIT
#include <algorithm>

#include "tools/base/error.hpp"
#include "tools/xenstored/journal.hpp"
#include "tools/xenstored/path.hpp"
#include "tools/xenstored/requests.hpp"

namespace xenolith::tools::xenstored {

namespace {

const std::string ok = join_strings({"OK"});

auto find_watch(Connection& connection, std::string_view path, std::string_view token) {
  return std::find_if(connection.watches.begin(), connection.watches.end(),
                      [&](const auto& watch) { return watch->path == path && watch->token == token; });
}

}  // namespace

std::string Requests::watch() {
  auto words = strings(2);
  std::string path = this->path(words[0]);
  auto& watches = connection_.watches;
  if (find_watch(connection_, path, words[1]) != watches.end()) fail(EEXIST, "the watch exists");
  if (!connection_.caller.privileged && watches.size() >= store_.limits.watches) fail(E2BIG, "too many watches");
  bool relative = !words[0].starts_with('/') && !is_special(path);
  size_t shown_from = relative ? domain_path(connection_.caller.domain).size() + 1 : 0;
  watches.push_back(std::make_unique<Watch>(Watch{&connection_, path, shown_from, std::string(words[1])}));
  Watch& watch = *watches.back();
  store_.watches_.add(watch);
  if (auto id = store_.ring_domain(connection_); id && store_.journal) store_.journal(Journal::watch(*id, watch));
  afterwards_.push_back([this, &watch] { store_.tell(watch, watch.path, cause_); });
  return ok;
}

std::string Requests::unwatch() {
  auto words = strings(2);
  auto found = find_watch(connection_, path(words[0]), words[1]);
  if (found == connection_.watches.end()) fail(ENOENT, "no such watch");
  if (auto id = store_.ring_domain(connection_); id && store_.journal) store_.journal(Journal::unwatch(*id, **found));
  store_.watches_.remove(**found);
  connection_.watches.erase(found);
  return ok;
}

std::string Requests::reset_watches() {
  store_.drop_watches_and_transactions(connection_);
  if (auto id = store_.ring_domain(connection_); id && store_.journal) store_.journal(Journal::reset(*id));
  return ok;
}

}  // namespace xenolith::tools::xenstored
