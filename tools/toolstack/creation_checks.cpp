// SPDX-License-Identifier: MIT
// DomainCreation: what is checked and filled in before anything is done.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "tools/base/error.hpp"
#include "tools/toolstack/creation.hpp"
#include "tools/toolstack/disk_backend.hpp"
#include "tools/toolstack/domain_nodes.hpp"
#include "tools/toolstack/vdev.hpp"

namespace xenolith::tools {
namespace {

constexpr uint32_t most_vcpus = 128;  // HVM_MAX_VCPUS of <xen/hvm/hvm_info_table.h>, which x86's Xen also uses for PVH

// Gives devices without a number the next free ones; throws if two have the same.
template <typename T>
void number_devices(std::vector<T>& devices, int first, const char* what) {
  std::set<int> used;
  int next = first;
  for (auto& device : devices)
    if (device.devid) {
      if (*device.devid < first) fail(EINVAL, "{} number {} is not possible", what, *device.devid);
      if (!used.insert(*device.devid).second) fail(EINVAL, "two {}s have the number {}", what, *device.devid);
      next = std::max(next, *device.devid + 1);
    }
  for (auto& device : devices)
    if (!device.devid) device.devid = next++;
}

// A file for all whose names have the same hash (FNV-1a), as a name may be too long for a file's.
std::string name_lock_path(const std::string& folder, const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : name) hash = (hash ^ c) * 0x100000001b3;
  return fmt::format("{}/name-{:016x}.lock", folder, hash);
}

void check_file(const std::string& path, const char* what) {
  if (::access(path.c_str(), R_OK) < 0) fail_errno("{} {}", what, path);
}

}  // namespace

void DomainCreation::prepare() {
  check_supported();
  check_sizes();
  if (!config_.uuid) config_.uuid = Uuid::random();
  name_lock_.emplace(name_lock_path(toolstack_.settings_.state, config_.name));
  check_unused();
  pool_ = find_pool();
  complete_devices();
}

void DomainCreation::check_supported() const {
  if (config_.type != DomainType::pvh) fail(ENOTSUP, "type '{}' is not there yet; only pvh is", type_name(config_.type));
  if (!config_.bootloader.empty()) fail(ENOTSUP, "bootloader is not there; give kernel= (for instance GRUB for PVH)");
  if (!config_.io_ports.empty() || !config_.io_memory.empty() || !config_.irqs.empty())
    fail(ENOTSUP, "ioports, iomem and irqs are not there");
  bool passes_devices = config_.passthrough != Passthrough::automatic && config_.passthrough != Passthrough::disabled;
  if (passes_devices) fail(ENOTSUP, "passthrough is not there");
  if (config_.kernel.empty()) fail(EINVAL, "a PVH guest needs kernel=");
}

void DomainCreation::check_sizes() const {
  check_domain_name(config_.name);
  if (config_.vcpus == 0 || config_.max_vcpus < config_.vcpus)
    fail(EINVAL, "vcpus={} does not fit maxvcpus={}", config_.vcpus, config_.max_vcpus);
  if (config_.max_vcpus > most_vcpus) fail(EINVAL, "more than {} vCPUs", most_vcpus);
  if (config_.memory.value() == 0) fail(EINVAL, "memory= is missing");
  if (config_.max_memory < config_.memory) fail(EINVAL, "maxmem is less than memory");
  check_file(config_.kernel, "kernel");
  if (!config_.ramdisk.empty()) check_file(config_.ramdisk, "ramdisk");
}

void DomainCreation::check_unused() {
  for (const auto& info : hypervisor_.domains.list())
    if (info.handle == *config_.uuid) fail(EEXIST, "domain {} has the uuid {} already", info.id, config_.uuid->text());
  if (auto other = toolstack_.find(config_.name)) fail(EEXIST, "domain {} has the name '{}' already", *other, config_.name);
}

PoolId DomainCreation::find_pool() const {
  if (config_.pool.empty()) return PoolId(0);
  for (const auto& pool : hypervisor_.scheduling.pools()) {
    auto name = store_.find(fmt::format("/local/pool/{}/name", pool.id));
    if (name == config_.pool || config_.pool == fmt::format("{}", pool.id) ||
        config_.pool == fmt::format("Pool-{}", pool.id))
      return pool.id;
  }
  fail(EINVAL, "there is no cpupool '{}'", config_.pool);
}

void DomainCreation::complete_devices() {
  std::set<int> disks;
  for (auto& disk : config_.disks) {
    toolstack_.resolve_backend(disk.backend);
    choose_disk_backend(disk, toolstack_.settings_.own_domain);
    if (!disks.insert(vdev_number(disk.vdev)).second) fail(EINVAL, "two disks are {}", disk.vdev);
  }
  number_devices(config_.vifs, 0, "vif");
  for (auto& vif : config_.vifs) {
    toolstack_.resolve_backend(vif.backend);
    complete_vif(vif);
  }
  number_devices(config_.channels, 1, "channel");
  for (auto& channel : config_.channels) toolstack_.resolve_backend(channel.backend);
}

std::vector<DeviceNodes> DomainCreation::device_nodes() const {
  const std::string& scripts = toolstack_.settings_.scripts;
  std::vector<DeviceNodes> all;
  for (const auto& disk : config_.disks) all.push_back(disk_nodes(domain_, disk, scripts));
  for (const auto& vif : config_.vifs) all.push_back(vif_nodes(domain_, vif, scripts));
  for (const auto& channel : config_.channels) all.push_back(channel_nodes(domain_, channel));
  return all;
}

bool DomainCreation::needs_device_model() const {
  if (!toolstack_.settings_.run_hotplug_scripts) return false;
  DomainId own = toolstack_.settings_.own_domain;
  bool disk = std::any_of(config_.disks.begin(), config_.disks.end(), [&](const DiskConfig& config) {
    return config.backend_type == DiskBackend::qdisk && config.backend.id == own;
  });
  bool channel = std::any_of(config_.channels.begin(), config_.channels.end(),
                             [&](const ChannelConfig& config) { return config.backend.id == own; });
  return disk || channel;
}

}  // namespace xenolith::tools
