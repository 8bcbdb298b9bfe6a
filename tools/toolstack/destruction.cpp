// SPDX-License-Identifier: MIT
// Toolstack: taking domains down. Each part is tried whatever happened to the others; the first error is thrown at the end.
#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/base/join.hpp"
#include "tools/toolstack/domain_nodes.hpp"
#include "tools/toolstack/served_disks.hpp"
#include "tools/toolstack/toolstack.hpp"

namespace xenolith::tools {
namespace {

// Remembers the first error of several attempts.
struct Attempts {
  std::exception_ptr first;

  template <typename F>
  void sync(F&& part) {
    try {
      part();
    } catch (...) {
      keep();
    }
  }
  void keep() {
    if (!first) first = std::current_exception();
  }
};

}  // namespace

Task<> Toolstack::disconnect_quietly(Device device, Removal how) {
  std::exception_ptr failure;
  try {
    co_await connector_.disconnect(device, how);
  } catch (...) {
    failure = std::current_exception();
  }
  // Whatever went wrong, its nodes must not stay.
  if (failure) store_.transact([&](StoreTransaction& transaction) { remove_device(transaction, device); });
}

Task<> Toolstack::destroy_quietly(DomainId domain) {
  try {
    co_await destroy(domain);
  } catch (const Error&) {
    // The operation that is being undone has an error of its own to tell.
  }
}

Task<> Toolstack::destroy(DomainId domain) {
  auto info = hypervisor_.domains.find(domain);
  if (domain == DomainId(0)) fail(EINVAL, "domain 0 cannot be destroyed");
  if (!info || info->dying) {
    bool leftovers = store_.exists(private_path(domain));
    if (!leftovers) fail(ESRCH, "there is no domain {}", domain);
  }
  Attempts attempts;
  if (info) attempts.sync([&] { hypervisor_.domains.pause(domain); });
  try {
    co_await fail_served_disks(loop_, hypervisor_, store_, settings_, domain);
  } catch (...) {
    attempts.keep();
  }
  try {
    co_await models_.stop(domain);
  } catch (...) {
    attempts.keep();
  }
  std::vector<Task<>> removals;
  attempts.sync([&] {
    for (const auto& device : recorded_devices(store_, domain))
      removals.push_back(disconnect_quietly(device, Removal::orphaned));
  });
  try {
    co_await join(loop_, std::move(removals));
  } catch (...) {
    attempts.keep();
  }
  attempts.sync([&] {
    store_.transact([&](StoreTransaction& transaction) { remove_domain_nodes(transaction, domain); });
  });
  if (info) {
    Userdata(settings_.state, domain, info->handle).remove_all();
    attempts.sync([&] { hypervisor_.domains.destroy(domain); });
  }
  if (attempts.first) std::rethrow_exception(attempts.first);
}

}  // namespace xenolith::tools
