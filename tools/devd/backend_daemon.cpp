// SPDX-License-Identifier: MIT
#include "tools/devd/backend_daemon.hpp"

#include <algorithm>
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/base/join.hpp"
#include "tools/xenstore/wait.hpp"

namespace xenolith::tools {
namespace {

ToolstackSettings for_devd(ToolstackSettings settings) {
  settings.is_devd = true;
  return settings;
}

constexpr DeviceKind process_kinds[] = {DeviceKind::qdisk, DeviceKind::console, DeviceKind::vfb, DeviceKind::vkbd};

std::string text_of(const Device& device) {
  return fmt::format("{} {} of domain {}", kind_name(device.backend_kind), device.id, device.domain);
}

}  // namespace

BackendDaemon::BackendDaemon(EventLoop& loop, XenStore& store, ToolstackSettings settings, Log log, FailRequests fail)
    : loop_(loop), store_(store), settings_(for_devd(std::move(settings))), log_(std::move(log)), fail_requests_(std::move(fail)),
      connector_(loop, store, settings_), models_(loop, store, settings_) {}

void BackendDaemon::start() {
  std::string root = domain_path(settings_.own_domain) + "/backend";
  watch_ = store_.watch(loop_, root, [this](const std::string& path) { on_change(path); });
}

// The first event, and changes of a directory above devices, mean all of them.
void BackendDaemon::on_change(const std::string& path) {
  if (auto device = device_of_backend(path))
    look_at(*device);
  else
    look_at_all();
}

void BackendDaemon::look_at_all() {
  std::string root = domain_path(settings_.own_domain) + "/backend";
  for (const auto& kind : store_.list(root))
    for (const auto& guest : store_.list(root + "/" + kind))
      for (const auto& id : store_.list(fmt::format("{}/{}/{}", root, kind, guest)))
        if (auto device = device_of_backend(fmt::format("{}/{}/{}/{}", root, kind, guest, id))) look_at(*device);
  // A qemu whose last device went while nobody looked.
  for (const auto& guest : store_.list(domain_path(settings_.own_domain) + "/libxl")) {
    uint16_t id = 0;
    auto [end, error] = std::from_chars(guest.data(), guest.data() + guest.size(), id);
    if (error == std::errc() && end == guest.data() + guest.size()) kick({DomainId(id), std::nullopt});
  }
}

void BackendDaemon::look_at(const Device& device) {
  if (device.has_process_backend())
    kick({device.domain, std::nullopt});
  else if (device.has_script())
    kick({device.domain, device});
}

void BackendDaemon::kick(const Key& key) {
  std::erase_if(jobs_, [](const auto& entry) { return !entry.second.again && entry.second.task.done(); });
  Job& job = jobs_[key];
  if (std::exchange(job.again, true) || !job.task.done()) return;
  job.begin = loop_.soon([this, key, &job] {
    job.task = work(key);
    job.task.start();
  });
}

Task<> BackendDaemon::work(Key key) {
  Job& job = jobs_[key];
  while (std::exchange(job.again, false)) {
    try {
      co_await serve(key);
    } catch (const Error& error) {
      log_(error.what());
    }
  }
}

Task<> BackendDaemon::serve(Key key) { return key.device ? serve_device(*key.device) : serve_guest(key.guest); }

bool BackendDaemon::is_online(const Device& device) const {
  return store_.find(backend_path(device) + "/online") == "1";
}

// The frontend's directory can be read by its backend's domain as long as it is there.
// Tells the toolstack, which waits for it.
void BackendDaemon::report(const Device& device, const std::string& error) {
  log_(fmt::format("{}: {}", text_of(device), error));
  std::string backend = backend_path(device);
  store_.transact([&](StoreTransaction& transaction) {
    if (!transaction.exists(backend + "/frontend")) return;
    if (!transaction.exists(backend + "/hotplug-error")) transaction.write(backend + "/hotplug-error", error);
    transaction.write(backend + "/hotplug-status", "error");
  });
}

Task<> BackendDaemon::serve_device(Device device) {
  std::string backend = backend_path(device);
  DeviceState state = read_state(store_, backend);
  if (state == DeviceState::unknown || !connector_.served_here(device)) co_return;
  bool offline = !is_online(device);
  if ((offline && state == DeviceState::closed) || !frontend_exists(store_, device)) {
    co_await take_down(device);
    co_return;
  }
  bool ready = state >= DeviceState::init_wait && state <= DeviceState::connected;
  if (ready && !offline && !is_plugged(store_, device) && !store_.exists(backend + "/hotplug-error"))
    co_await plug(device);
}

Task<> BackendDaemon::plug(Device device) {
  std::string failure;
  try {
    co_await connector_.connect(device);
  } catch (const Error& error) {
    failure = error.what();
  }
  if (failure.empty())
    log_(text_of(device) + ": ready");
  else
    report(device, failure);
}

Task<> BackendDaemon::take_down(Device device) {
  co_await connector_.disconnect(device, Removal::orphaned);
  log_(text_of(device) + ": removed");
}

std::vector<Device> BackendDaemon::process_devices(DomainId guest) const {
  std::vector<Device> devices;
  for (DeviceKind kind : process_kinds) {
    std::string folder = fmt::format("{}/backend/{}/{}", domain_path(settings_.own_domain), kind_name(kind), guest);
    for (const auto& id : store_.list(folder)) {
      auto device = device_of_backend(folder + "/" + id);
      if (device && device->has_process_backend() && connector_.served_here(*device)) devices.push_back(*device);
    }
  }
  return devices;
}

Task<> BackendDaemon::serve_guest(DomainId guest) {
  bool running = models_.running(guest) != 0;
  if (!running) co_await fail_connections(guest);
  bool wanted = false;
  size_t left = 0;
  for (const auto& device : process_devices(guest)) {
    DeviceState state = read_state(store_, backend_path(device));
    if (is_online(device) && frontend_exists(store_, device)) {
      ++left;
      bool failed = state == DeviceState::closed || store_.exists(backend_path(device) + "/hotplug-error");
      wanted = wanted || !failed;
    } else if (state == DeviceState::closed || state == DeviceState::unknown || !running || !frontend_exists(store_, device)) {
      remove_backend(store_, device);
      log_(text_of(device) + ": removed");
    } else {
      ++left;  // qemu is closing it
    }
  }
  if (left == 0) {
    followers_.erase(guest);
    co_await models_.stop(guest);
  } else if (wanted && !running) {
    co_await start_model(guest);
  } else if (running) {
    follow_model(guest);
  }
}

Task<> BackendDaemon::start_model(DomainId guest) {
  std::string failure;
  try {
    co_await models_.start(guest, fmt::format("domain-{}", guest), {});
  } catch (const Error& error) {
    failure = error.what();
  }
  if (failure.empty()) {
    log_(fmt::format("qemu for domain {}: running", guest));
    follow_model(guest);
    co_return;
  }
  for (const auto& device : process_devices(guest)) report(device, failure);
}

void BackendDaemon::follow_model(DomainId guest) {
  Task<>& follower = followers_[guest];
  if (!follower.done()) return;
  follower = watch_model(guest);
  follower.start();
}

Task<> BackendDaemon::watch_model(DomainId guest) {
  co_await models_.wait_for_end(guest);
  log_(fmt::format("qemu for domain {} has ended", guest));
  kick({guest, std::nullopt});
}

// There is no qemu. Guests that were connected to one would wait for ever: their devices are closed, which they see as an error.
// Those that had not connected yet get another qemu, which takes only devices that are in their first state.
Task<> BackendDaemon::fail_connections(DomainId guest) {
  std::vector<Task<>> closing;
  for (const auto& device : process_devices(guest)) {
    std::string backend = backend_path(device);
    DeviceState state = read_state(store_, backend);
    if (state == DeviceState::init_wait && is_online(device))
      store_.write(backend + "/state", state_text(DeviceState::initialising));
    if (state < DeviceState::initialised || state == DeviceState::closed) continue;
    store_.write(backend + "/state", state_text(DeviceState::closed));
    if (is_online(device)) report(device, "qemu has ended");
    if (device.kind == DeviceKind::vbd) closing.push_back(fail_connection(device));
  }
  co_await join(loop_, std::move(closing));
}

// The frontend makes no requests when it has closed; one that does not answer may go on making some, which nobody will answer.
Task<> BackendDaemon::fail_connection(Device device) {
  co_await wait_until_frontend_closed(loop_, store_, device, settings_.backend_end);
  if (frontend_exists(store_, device)) fail_waiting_requests(device);
}

void BackendDaemon::fail_waiting_requests(const Device& device) {
  try {
    size_t count = 0;
    for (const auto& ring : rings_of(store_, device)) count += fail_requests_(device.domain, ring);
    if (count > 0) log_(fmt::format("{}: {} requests were answered with errors", text_of(device), count));
  } catch (const Error& error) {
    log_(fmt::format("{}: requests stay unanswered: {}", text_of(device), error.what()));
  }
}

}  // namespace xenolith::tools
