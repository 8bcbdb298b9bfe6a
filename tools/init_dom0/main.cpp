// SPDX-License-Identifier: MIT
// Runs once after xenstored's start.
#include <cstdio>

#include "tools/base/error.hpp"
#include "tools/init_dom0/describe_dom0.hpp"
#include "tools/toolstack/settings.hpp"
#include "tools/xenstore/socket_store.hpp"

int main(int argc, char** argv) {
  using namespace xenolith::tools;
  try {
    if (argc > 2) fail(EINVAL, "usage: xen-init-dom0 [UUID]");
    std::optional<Uuid> uuid;
    if (argc == 2) uuid = Uuid::parse(argv[1]);
    auto hypervisor = Hypervisor::open();
    auto store = SocketStore::connect();
    describe_dom0(*hypervisor, *store, ToolstackSettings().state, uuid);
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "xen-init-dom0: %s\n", error.what());
    return 1;
  }
}
