// SPDX-License-Identifier: MIT
#include "tools/toolstack/served_disks.hpp"

#include <charconv>
#include <set>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/base/join.hpp"
#include "tools/toolstack/disk_rings.hpp"

namespace xenolith::tools {
namespace {

std::optional<DomainId> domain_in(const std::string& text) {
  uint16_t id = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return DomainId(id);
}

// The driver's own directory says whose disks it has; which disks these are the toolstack's records say.
std::vector<Device> served_disks(const StoreView& store, DomainId driver) {
  std::string root = domain_path(driver) + "/backend";
  std::set<DomainId> guests;
  for (const auto& kind : store.list(root))
    for (const auto& name : store.list(root + "/" + kind))
      if (auto guest = domain_in(name)) guests.insert(*guest);
  std::vector<Device> disks;
  for (DomainId guest : guests)
    for (const Device& device : recorded_devices(store, guest))
      if (device.kind == DeviceKind::vbd && device.backend_domain == driver) disks.push_back(device);
  return disks;
}

size_t fail_ring(Hypervisor& hypervisor, const Device& disk, const DiskRing& ring) {
  std::vector<Gfn> frames;
  for (GrantRef page : ring.pages) frames.push_back(hypervisor.memory.granted_frame(disk.domain, page, disk.backend_domain));
  return fail_requests(hypervisor.memory.map(disk.domain, frames).bytes());
}

Task<> fail_disk(EventLoop& loop, Hypervisor& hypervisor, XenStore& store, const ToolstackSettings& settings, Device disk) {
  std::string backend = backend_path(disk);
  DeviceState state = read_state(store, backend);
  if (state < DeviceState::initialised || state == DeviceState::closed) co_return;  // nothing on its way
  store.write(backend + "/state", state_text(DeviceState::closed));
  auto guest = hypervisor.domains.find(disk.domain);
  if (!guest || guest->dying) co_return;
  if (!guest->paused) co_await wait_until_frontend_closed(loop, store, disk, settings.backend_end);
  for (const auto& ring : rings_of(store, disk)) fail_ring(hypervisor, disk, ring);
}

// What a guest wrote, and what is wrong with it, must not keep the driver domain from its end.
Task<> fail_disk_quietly(EventLoop& loop, Hypervisor& hypervisor, XenStore& store, const ToolstackSettings& settings, Device disk) {
  try {
    co_await fail_disk(loop, hypervisor, store, settings, disk);
  } catch (const Error&) {
  }
}

}  // namespace

Task<> fail_served_disks(EventLoop& loop, Hypervisor& hypervisor, XenStore& store, const ToolstackSettings& settings, DomainId driver) {
  failure_point("ending the connections of its disks");
  std::vector<Task<>> disks;
  for (const Device& disk : served_disks(store, driver)) disks.push_back(fail_disk_quietly(loop, hypervisor, store, settings, disk));
  co_await join(loop, std::move(disks));
}

}  // namespace xenolith::tools
