// SPDX-License-Identifier: MIT
#include "tools/toolstack/device_connector.hpp"

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/base/join.hpp"
#include "tools/xenstore/wait.hpp"

namespace xenolith::tools {
namespace {

std::string text_of(const Device& device) {
  return fmt::format("{} {} of domain {}", kind_name(device.kind), device.id, device.domain);
}

bool is_over(DeviceState state) { return state == DeviceState::closing || state == DeviceState::closed; }

// What the kernel's backend says when it fails: a node beside the domain's directories.
std::string kernel_error(const StoreView& store, const Device& device) {
  std::string path = fmt::format("{}/error/backend/{}/{}/{}/error", domain_path(device.backend_domain),
                                 kind_name(device.backend_kind), device.domain, device.id);
  auto text = store.find(path);
  return text ? ": " + *text : "";
}

}  // namespace

bool DeviceConnector::served_here(const Device& device) const {
  if (device.backend_domain != settings_.own_domain) return false;
  bool for_devd = store_.find(backend_path(device) + "/" + hotplug_owner_node) == hotplug_by_devd;
  return for_devd == settings_.is_devd || settings_.own_domain != DomainId(0);
}

Task<> DeviceConnector::wait_for_backend(Device device) {
  std::string backend = backend_path(device);
  auto ready = [this, backend] {
    return read_state(store_, backend) != DeviceState::initialising || store_.exists(backend + "/hotplug-error");
  };
  bool in_time = co_await within(loop_, settings_.backend_start, wait_until(loop_, store_, backend, ready));
  if (!in_time)
    fail(ETIMEDOUT, "{}: no backend in domain {} answers{}", text_of(device), device.backend_domain,
         kernel_error(store_, device));
  DeviceState state = read_state(store_, backend);
  if (auto reason = store_.find(backend + "/hotplug-error")) fail(EIO, "{}: {}", text_of(device), *reason);
  if (state == DeviceState::unknown) fail(EIO, "{}: its backend has gone", text_of(device));
  if (is_over(state)) fail(EIO, "{}: its backend refuses{}", text_of(device), kernel_error(store_, device));
}

Task<> DeviceConnector::wait_for_script_elsewhere(Device device) {
  std::string backend = backend_path(device);
  auto decided = [this, backend, device] {
    return is_plugged(store_, device) || store_.exists(backend + "/hotplug-error") ||
           read_state(store_, backend) == DeviceState::unknown;
  };
  bool in_time = co_await within(loop_, settings_.script, wait_until(loop_, store_, backend, decided));
  if (!in_time) fail(ETIMEDOUT, "{}: no devd in domain {} serves it", text_of(device), device.backend_domain);
  if (is_plugged(store_, device)) co_return;
  auto reason = store_.find(backend + "/hotplug-error");
  fail(EIO, "{}: {}", text_of(device), reason.value_or("its backend has gone"));
}

Task<> DeviceConnector::connect(Device device) {
  if (device.is_ring_console()) co_return;
  failure_point("waiting for a backend");
  co_await wait_for_backend(device);
  if (!device.has_script()) co_return;
  if (!served_here(device)) {
    co_await wait_for_script_elsewhere(device);
    co_return;
  }
  co_await scripts_.run(device, HotplugAction::add);
  // The toolstack waits for this; not all scripts say it.
  if (settings_.is_devd && !is_plugged(store_, device)) store_.write(backend_path(device) + "/hotplug-status", "connected");
}

// Returns whether there is a backend that has to close.
bool DeviceConnector::begin_closing(const Device& device, Removal how) {
  std::string backend = backend_path(device);
  return store_.transact([&](StoreTransaction& transaction) {
    if (how != Removal::polite && is_toolstack()) transaction.remove(frontend_path(device));
    DeviceState state = read_state(transaction, backend);
    if (state == DeviceState::unknown) return false;
    transaction.write(backend + "/online", "0");
    // Nobody is asked where nobody would answer: a qemu whose guest does not run waits for that guest for ever, and a
    // backend that has not begun is not there.
    bool silent = (how == Removal::orphaned && device.has_process_backend()) || state == DeviceState::initialising;
    DeviceState wanted = silent ? DeviceState::closed : DeviceState::closing;
    if (state != DeviceState::closed) transaction.write(backend + "/state", state_text(wanted));
    return true;
  });
}

Task<bool> DeviceConnector::wait_until_closed(Device device) {
  std::string backend = backend_path(device);
  auto closed = [this, backend] {
    DeviceState state = read_state(store_, backend);
    return state == DeviceState::closed || state == DeviceState::unknown;
  };
  bool in_time = co_await within(loop_, settings_.backend_end, wait_until(loop_, store_, backend + "/state", closed));
  co_return in_time;
}

// The backend is closed: script here, or somebody else's work.
Task<> DeviceConnector::end_backend(Device device, Removal how) {
  if (served_here(device)) {
    std::exception_ptr failure;
    try {
      co_await scripts_.run(device, HotplugAction::remove);
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure && how == Removal::polite) std::rethrow_exception(failure);
    co_return;
  }
  std::string backend = backend_path(device);
  auto gone = [this, backend] { return !store_.exists(backend); };
  bool in_time = co_await within(loop_, settings_.backend_end, wait_until(loop_, store_, backend, gone));
  if (!in_time && how == Removal::polite)
    fail(ETIMEDOUT, "{}: no devd in domain {} takes it down", text_of(device), device.backend_domain);
}

Task<> DeviceConnector::disconnect(Device device, Removal how) {
  if (!device.is_ring_console() && begin_closing(device, how)) {
    bool closed = co_await wait_until_closed(device);
    if (!closed && how == Removal::polite) fail(ETIMEDOUT, "{} is in use: the guest does not let it go", text_of(device));
    co_await end_backend(device, how);
  }
  store_.transact([&](StoreTransaction& transaction) {
    if (is_toolstack())
      remove_device(transaction, device);
    else
      remove_backend(transaction, device);
  });
}

}  // namespace xenolith::tools
