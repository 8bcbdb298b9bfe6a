// SPDX-License-Identifier: MIT
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/control/interface.hpp"
#include "tools/xenstored/path.hpp"
#include "tools/xenstored/requests.hpp"

namespace xenolith::tools::xenstored {

namespace {

const std::string ok = join_strings({"OK"});

uint64_t number(std::string_view text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) fail(EINVAL, "not a number");
  return value;
}

}  // namespace

std::string Requests::introduce() {
  auto words = strings(3);
  DomainId id = domain(words[0]);
  uint64_t port = number(words[2]);
  if (id.value() >= DOMID_FIRST_RESERVED || port == 0 || port > UINT32_MAX) fail(EINVAL, "no such domain or port");
  if (id == connection_.caller.domain) fail(EINVAL, "a domain does not introduce itself");
  store_.introduce(id, Gfn(number(words[1])), Port(static_cast<uint32_t>(port)));
  return ok;
}

std::string Requests::release() {
  DomainId id = domain(strings(1)[0]);
  if (id == DomainId(0)) fail(EINVAL, "dom0 stays");
  if (!store_.domains_.count(id)) fail(ENOENT, "not introduced");
  store_.release(id);
  return ok;
}

std::string Requests::get_domain_path() { return join_strings({domain_path(domain(strings(1)[0]))}); }

std::string Requests::is_domain_introduced() {
  DomainId id = domain(strings(1)[0]);
  bool introduced = id == DomainId(0) || store_.domains_.count(id);
  return join_strings({introduced ? "T" : "F"});
}

std::string Requests::resume() {
  auto found = store_.domains_.find(domain(strings(1)[0]));
  if (found == store_.domains_.end()) fail(ENOENT, "not introduced");
  found->second.shutdown = false;
  return ok;
}

std::string Requests::set_target() {
  auto words = strings(2);
  auto found = store_.domains_.find(domain(words[0]));
  DomainId target = domain(words[1]);
  if (found == store_.domains_.end() || !store_.domains_.count(target)) fail(ENOENT, "not introduced");
  if (found->first == DomainId(0)) fail(EINVAL, "dom0 acts for no other domain");
  found->second.connection->caller.target = target;
  return ok;
}

}  // namespace xenolith::tools::xenstored
