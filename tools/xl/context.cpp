// SPDX-License-Identifier: MIT
#include "tools/xl/context.hpp"

#include "tools/xenstore/socket_store.hpp"

namespace xenolith::tools::xl {

Hypervisor& Context::hypervisor() {
  if (!hypervisor_) {
    own_hypervisor_ = Hypervisor::open();
    hypervisor_ = own_hypervisor_.get();
  }
  return *hypervisor_;
}

XenStore& Context::store() {
  if (!store_) {
    auto store = SocketStore::connect();
    store->keep_connected(xenstored_patience);
    own_store_ = std::move(store);
    store_ = own_store_.get();
  }
  return *store_;
}

EventLoop& Context::loop() {
  if (!loop_) loop_ = std::make_unique<EventLoop>();
  return *loop_;
}

Toolstack& Context::toolstack() {
  if (!toolstack_) {
    ToolstackSettings places;
    places.run_hotplug_scripts = settings.run_hotplug_scripts;
    places.kernel_cache = "/var/cache/xen/kernels";
    toolstack_ = std::make_unique<Toolstack>(loop(), hypervisor(), store(), places);
  }
  return *toolstack_;
}

void Context::reconnect() {
  toolstack_.reset();
  if (own_store_) store_ = nullptr;
  own_store_.reset();
  loop_.reset();
}

}  // namespace xenolith::tools::xl
