// SPDX-License-Identifier: MIT
// Toolstack: requests to a running guest through its control nodes, and its end.
#include "tools/base/error.hpp"
#include "tools/base/join.hpp"
#include "tools/toolstack/toolstack.hpp"
#include "tools/xenstore/wait.hpp"

namespace xenolith::tools {
namespace {

const char* request_word(PowerRequest request) {
  switch (request) {
    case PowerRequest::poweroff: return "poweroff";
    case PowerRequest::reboot: return "reboot";
    case PowerRequest::suspend: return "suspend";
    case PowerRequest::halt: return "halt";
  }
  return "poweroff";
}

// The watch that tells of this domain's end: of that one only, where xenstored can. Else each end of a domain would wake all that
// wait for one.
std::string end_watch(const StoreView& store, DomainId domain) {
  bool of_one = store.exists("/tool/xenstored/release-of-one");
  return of_one ? fmt::format("@releaseDomain/{}", domain) : "@releaseDomain";
}

}  // namespace

Task<> Toolstack::request(DomainId domain, PowerRequest request) {
  if (domain == DomainId(0)) fail(EINVAL, "domain 0 is not shut down this way");
  auto info = hypervisor_.domains.info(domain);
  if (info.shutdown || info.dying) fail(EBUSY, "domain {} has shut down already", domain);
  std::string path = domain_path(domain) + "/control/shutdown";
  std::string word = request_word(request);
  store_.write(path, word);
  // The guest takes the request by clearing the node; a guest that is quick may be gone by then.
  auto taken = [this, path, word] { return store_.find(path).value_or("") != word; };
  bool in_time = co_await within(loop_, settings_.shutdown_answer, wait_until(loop_, store_, path, taken));
  if (in_time) co_return;
  bool withdrawn = store_.transact([&](StoreTransaction& transaction) {
    if (transaction.find(path) != word) return false;
    transaction.write(path, "");
    return true;
  });
  if (withdrawn) fail(ETIMEDOUT, "domain {} does not answer the request to {}", domain, word);
}

Task<DomainEnd> Toolstack::wait_for_end(DomainId domain) {
  Uuid handle = hypervisor_.domains.info(domain).handle;
  DomainEnd end;
  auto ended = [this, domain, handle, &end] {
    auto info = hypervisor_.domains.find(domain);
    end.gone = !info || info->dying || info->handle != handle;
    if (end.gone) return true;
    end.reason = info->reason;
    return info->shutdown;
  };
  co_await wait_until(loop_, store_, end_watch(store_, domain), ended);
  co_return end;
}

void Toolstack::system_request(DomainId domain, char key) {
  require(domain);
  store_.write(domain_path(domain) + "/control/sysrq", std::string(1, key));
}

}  // namespace xenolith::tools
