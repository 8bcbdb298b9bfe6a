// SPDX-License-Identifier: MIT
#include "tools/toolstack/toolstack.hpp"

#include <algorithm>
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/config/domain_json.hpp"
#include "tools/toolstack/domain_nodes.hpp"

namespace xenolith::tools {
namespace {

constexpr auto last_clean_up = std::chrono::seconds(60);

std::optional<DomainId> parse_domain_id(const std::string& text) {
  uint16_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value >= DOMID_FIRST_RESERVED) return std::nullopt;
  return DomainId(value);
}

}  // namespace

Toolstack::Toolstack(EventLoop& loop, Hypervisor& hypervisor, XenStore& store, ToolstackSettings settings, Builder builder)
    : loop_(loop), hypervisor_(hypervisor), store_(store), settings_(std::move(settings)), builder_(std::move(builder)),
      connector_(loop, store, settings_), models_(loop, store, settings_) {}

Toolstack::~Toolstack() {
  auto limit = EventLoop::Clock::now() + last_clean_up;
  while (cleanups_running_ > 0 && EventLoop::Clock::now() < limit) {
    try {
      loop_.run_once(limit - EventLoop::Clock::now());
    } catch (...) {
      return;  // the loop does not work any more; the records say what is left
    }
  }
}

void Toolstack::clean_up_later(Task<> undo) {
  std::erase_if(cleanups_, [](const Task<>& task) { return task.done(); });
  ++cleanups_running_;
  cleanups_.push_back(run_cleanup(std::move(undo)));
  cleanups_.back().start();
}

Task<> Toolstack::run_cleanup(Task<> undo) {
  try {
    co_await undo;
  } catch (const Error&) {
    // Nobody is left to be told; what could not be undone is still in the records.
  }
  if (--cleanups_running_ == 0) wake_ = loop_.soon([this] { cleaned_.signal(); });
}

Task<> Toolstack::settle() {
  while (cleanups_running_ > 0) co_await cleaned_;
}

void Toolstack::require(DomainId domain) {
  if (!hypervisor_.domains.find(domain)) fail(ESRCH, "there is no domain {}", domain);
}

void Toolstack::pause(DomainId domain) { hypervisor_.domains.pause(domain); }

void Toolstack::unpause(DomainId domain) { hypervisor_.domains.unpause(domain); }

std::string Toolstack::name(DomainId domain) { return store_.find(domain_path(domain) + "/name").value_or(""); }

std::vector<std::string> Toolstack::names(const std::vector<DomainInfo>& domains) {
  std::vector<std::string> paths, names;
  for (const auto& info : domains) paths.push_back(domain_path(info.id) + "/name");
  for (auto& name : store_.find_all(paths)) names.push_back(std::move(name).value_or(""));
  return names;
}

// Our xenstored finds names itself; others do not know the request.
std::optional<std::vector<DomainId>> Toolstack::ask_for_name(const std::string& wanted) {
  std::string answer;
  try {
    answer = store_.control({"find-domain", wanted});
  } catch (const Error& error) {
    if (error.code() != EINVAL && error.code() != ENOSYS && error.code() != EACCES) throw;
    return std::nullopt;
  }
  std::vector<DomainId> found;
  for (size_t at = 0, end; (end = answer.find(' ', at)) != answer.npos; at = end + 1)
    if (auto id = parse_domain_id(answer.substr(at, end - at))) found.push_back(*id);
  return found;
}

std::optional<DomainId> Toolstack::find(const std::string& wanted) {
  if (auto candidates = ask_for_name(wanted)) {
    for (DomainId domain : *candidates)
      if (hypervisor_.domains.find(domain)) return domain;
    return std::nullopt;
  }
  auto domains = hypervisor_.domains.list();
  auto all = names(domains);
  auto found = std::find(all.begin(), all.end(), wanted);
  if (found == all.end()) return std::nullopt;
  return domains[static_cast<size_t>(found - all.begin())].id;
}

DomainId Toolstack::resolve(const std::string& name_or_id) {
  if (auto id = parse_domain_id(name_or_id)) {
    require(*id);
    return *id;
  }
  if (auto id = find(name_or_id)) return *id;
  fail(ESRCH, "there is no domain '{}'", name_or_id);
}

void Toolstack::rename(DomainId domain, const std::string& new_name) {
  check_domain_name(new_name);
  require(domain);
  if (auto other = find(new_name); other && *other != domain)
    fail(EEXIST, "domain {} has the name '{}' already", *other, new_name);
  std::string root = domain_path(domain);
  store_.transact([&](StoreTransaction& transaction) {
    transaction.write(root + "/name", new_name);
    if (auto vm = transaction.find(root + "/vm")) transaction.write(*vm + "/name", new_name);
  });
}

void Toolstack::preserve(DomainId domain, const std::string& new_name, const Uuid& new_uuid) {
  rename(domain, new_name);
  Userdata old = userdata(domain), fresh(settings_.state, domain, new_uuid);
  std::string root = domain_path(domain), vm = "/vm/" + new_uuid.text();
  store_.transact([&](StoreTransaction& transaction) {
    auto old_vm = transaction.find(root + "/vm");
    transaction.write(vm, "", {{DomainId(0), Access::none}, {domain, Access::read}});
    transaction.write(vm + "/uuid", new_uuid.text());
    transaction.write(vm + "/name", new_name);
    transaction.write(root + "/vm", vm);
    if (old_vm && *old_vm != vm) transaction.remove(*old_vm);
  });
  hypervisor_.domains.set_handle(domain, new_uuid);
  if (auto config = old.load("libxl-json")) fresh.store("libxl-json", *config);
  old.remove_all();
}

void Toolstack::resolve_backend(BackendDomain& backend) {
  if (backend.name.empty()) return;
  backend.id = in_context("backend domain", [&] { return resolve(backend.name); });
}

Userdata Toolstack::userdata(DomainId domain) {
  return Userdata(settings_.state, domain, hypervisor_.domains.info(domain).handle);
}

void Toolstack::store_userdata(DomainId domain, const std::string& kind, const std::string& data) {
  userdata(domain).store(kind, data);
}

std::optional<std::string> Toolstack::load_userdata(DomainId domain, const std::string& kind) {
  return userdata(domain).load(kind);
}

std::optional<DomainConfig> Toolstack::load_config(DomainId domain) {
  auto text = load_userdata(domain, "libxl-json");
  if (!text) return std::nullopt;
  try {
    return config_from_json(*text);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<Device> Toolstack::devices(DomainId domain, DeviceKind kind) {
  auto all = recorded_devices(store_, domain);
  std::erase_if(all, [&](const Device& device) { return device.kind != kind; });
  return all;
}

std::optional<Device> Toolstack::find_device(DomainId domain, DeviceKind kind, int id) {
  return recorded_device(store_, domain, kind, id);
}

std::optional<Device> Toolstack::find_vif(DomainId domain, const std::string& mac_or_id) {
  for (const auto& device : devices(domain, DeviceKind::vif))
    if (std::to_string(device.id) == mac_or_id || detail(device, "mac") == mac_or_id) return device;
  return std::nullopt;
}

std::string Toolstack::detail(const Device& device, const std::string& node) {
  return store_.find(private_path(device) + "/" + node).value_or("");
}

std::string Toolstack::frontend_detail(const Device& device, const std::string& node) {
  return store_.find(frontend_path(device) + "/" + node).value_or("");
}

}  // namespace xenolith::tools
