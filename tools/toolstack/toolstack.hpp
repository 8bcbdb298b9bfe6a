// SPDX-License-Identifier: MIT
// Life cycle and devices of domains: what libxl does. Nodes, files and processes are those of libxl 4.17, so that its
// programs and ours can take turns with a domain (docs/toolstack.md).
//
//   EventLoop loop;
//   auto hypervisor = Hypervisor::open();
//   auto store = SocketStore::connect();
//   Toolstack toolstack(loop, *hypervisor, *store);
//   DomainId domain = run_task(loop, toolstack.create(config));
//
// All operations throw Error. One that is cancelled (its Task destroyed) leaves its clean-up to the toolstack: run
// settle() afterwards, or let the destructor do it.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tools/base/task.hpp"
#include "tools/builder/pvh_builder.hpp"
#include "tools/control/hypervisor.hpp"
#include "tools/toolstack/device_connector.hpp"
#include "tools/toolstack/device_model.hpp"
#include "tools/toolstack/settings.hpp"
#include "tools/toolstack/userdata.hpp"

namespace xenolith::tools {

struct DomainConfig;

struct CreateOptions {
  bool paused = false;                                       // leave it paused
  std::function<void(const std::string& step)> progress;     // "building memory", "attaching disk xvda"...
  std::function<void(DomainId)> console_ready;               // the console exists; the domain has not run yet
  std::string source;                                        // xl.cfg's text, kept in the domain's userdata for xl
};

// How a domain came to its end.
struct DomainEnd {
  bool gone = false;         // destroyed; else it has shut down and still exists
  ShutdownReason reason{};   // if not gone
};

enum class PowerRequest { poweroff, reboot, suspend, halt };

class Toolstack {
 public:
  // How a domain's memory is filled: build_pvh, unless a test has another.
  using Builder = std::function<BuildResult(Hypervisor&, DomainId, const BuildRequest&)>;

  Toolstack(EventLoop& loop, Hypervisor& hypervisor, XenStore& store, ToolstackSettings settings = {},
            Builder builder = build_pvh);
  // Runs the loop until pending clean-up is done, for at most a minute.
  ~Toolstack();
  Toolstack(const Toolstack&) = delete;
  Toolstack& operator=(const Toolstack&) = delete;

  // --- life cycle
  // Creates a domain with its devices, and starts it. After an error nothing of it is left.
  // Error codes: EEXIST name in use, EINVAL configuration, ENOMEM, ENOENT a file, ETIMEDOUT a backend, ...
  Task<DomainId> create(DomainConfig config, CreateOptions options = {});
  // Ends the domain, whatever its state, with devices, device model, nodes and files. Devices whose backend does not answer
  // in time are removed all the same. Error(ESRCH) if there is no such domain.
  Task<> destroy(DomainId domain);
  // Asks the guest through control/shutdown, and waits until it takes the request. Error(ETIMEDOUT) if it does not, and the
  // request is withdrawn; Error(EBUSY) if it has shut down already.
  Task<> request(DomainId domain, PowerRequest request);
  // Waits until the domain has shut down or is gone.
  Task<DomainEnd> wait_for_end(DomainId domain);
  void pause(DomainId domain);
  void unpause(DomainId domain);
  // Error(EEXIST) if another domain has the name, Error(EINVAL) for a bad one.
  void rename(DomainId domain, const std::string& name);
  // Gives a domain that is kept for inspection another name and UUID, so that its successor can have its own.
  void preserve(DomainId domain, const std::string& new_name, const Uuid& new_uuid);
  // Sends the guest a system request (control/sysrq).
  void system_request(DomainId domain, char key);

  // --- looking up
  // A domain by name or number, as people give it to xl. Error(ESRCH).
  DomainId resolve(const std::string& name_or_id);
  std::optional<DomainId> find(const std::string& name);
  std::string name(DomainId domain);  // empty if it has none
  std::vector<std::string> names(const std::vector<DomainInfo>& domains);  // of each

  // --- memory and processors
  // Balloons the guest to `target`; also sets the hypervisor's limit, when `enforce`. Error(EINVAL) above the maximum.
  void set_memory_target(DomainId domain, KiB target, bool enforce = true);
  void set_memory_maximum(DomainId domain, KiB maximum);
  KiB memory_target(DomainId domain);
  // Brings vCPUs 0 to count-1 online and the others offline. Error(EINVAL) beyond the domain's maximum.
  void set_online_vcpus(DomainId domain, uint32_t count);

  // --- devices of a running domain. Error(EEXIST) if it has that device, Error(ENXIO) if it has no such device.
  Task<Device> attach(DomainId domain, DiskConfig disk);
  Task<Device> attach(DomainId domain, VifConfig vif);
  // force: remove it even if the guest still uses it, or the backend does not answer. Else Error(ETIMEDOUT), and the device
  // stays.
  Task<> detach(Device device, bool force = false);
  std::vector<Device> devices(DomainId domain, DeviceKind kind);
  std::optional<Device> find_device(DomainId domain, DeviceKind kind, int id);
  // By address or by number.
  std::optional<Device> find_vif(DomainId domain, const std::string& mac_or_id);
  // A node that was written when the device was added ("params", "mac"...); empty if there is none.
  std::string detail(const Device& device, const std::string& node);
  // A node of the frontend, the guest's word ("state", "event-channel", "ring-ref"); empty if there is none.
  std::string frontend_detail(const Device& device, const std::string& node);

  // --- what is kept with a domain
  // /var/lib/xen/userdata-d.ID.UUID.KIND; kinds: "xl" (the configuration's text), "libxl-json".
  void store_userdata(DomainId domain, const std::string& kind, const std::string& data);
  std::optional<std::string> load_userdata(DomainId domain, const std::string& kind);
  // The configuration of a running domain, from "libxl-json". None if it is not there or not readable.
  std::optional<DomainConfig> load_config(DomainId domain);
  // The same with what has been changed since: name, memory and vCPUs. What a restart or a copy of the domain would get.
  std::optional<DomainConfig> current_config(DomainId domain);

  // Ends when no clean-up of failed or cancelled operations is pending.
  Task<> settle();

  EventLoop& loop() { return loop_; }
  Hypervisor& hypervisor() { return hypervisor_; }
  XenStore& store() { return store_; }
  const ToolstackSettings& settings() const { return settings_; }

 private:
  friend class DomainCreation;
  friend struct CleanupOnCancel;

  // Begins what undoes a cancelled operation; settle() waits for it.
  void clean_up_later(Task<> undo);
  Task<> run_cleanup(Task<> undo);
  Userdata userdata(DomainId domain);
  Task<> destroy_quietly(DomainId domain);
  Task<> disconnect_quietly(Device device, Removal how);
  Task<> add_and_connect(DeviceNodes nodes);
  Task<Device> attach_device(DeviceNodes nodes);
  void change_config(DomainId domain, const std::function<void(DomainConfig&)>& change);
  void resolve_backend(BackendDomain& backend);
  void require(DomainId domain);
  std::optional<std::vector<DomainId>> ask_for_name(const std::string& wanted);

  EventLoop& loop_;
  Hypervisor& hypervisor_;
  XenStore& store_;
  ToolstackSettings settings_;
  Builder builder_;
  DeviceConnector connector_;
  DeviceModels models_;
  std::list<Task<>> cleanups_;
  size_t cleanups_running_ = 0;
  Event cleaned_;
  EventSource wake_;
};

}  // namespace xenolith::tools
