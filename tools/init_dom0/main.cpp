// SPDX-License-Identifier: MIT
// Tells xenstore about dom0 itself, once after the daemon's start: its number and name, which tools look for as for any domain's.
#include <cstdio>

#include "tools/base/error.hpp"
#include "tools/xenstore/socket_store.hpp"

namespace {

void describe_dom0(xenolith::tools::XenStore& store) {
  store.transact([](xenolith::tools::StoreTransaction& t) {
    const std::string home = "/local/domain/0";
    t.write(home + "/domid", "0");
    if (!t.exists(home + "/name")) t.write(home + "/name", "Domain-0");
  });
}

}  // namespace

int main() {
  try {
    describe_dom0(*xenolith::tools::SocketStore::connect());
    return 0;
  } catch (const xenolith::tools::Error& error) {
    std::fprintf(stderr, "xen-init-dom0: %s\n", error.what());
    return 1;
  }
}
