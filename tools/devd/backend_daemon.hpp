// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>

#include "tools/toolstack/device_connector.hpp"
#include "tools/toolstack/device_model.hpp"
#include "tools/toolstack/disk_rings.hpp"

namespace xenolith::tools {

// Serves the backends of its own domain: runs hotplug scripts, starts and stops qemu, removes what is closed. What has to be
// done follows from xenstore and from running processes alone (docs/toolstack.md, "devd"), so it may begin and end at any
// moment. In dom0 it serves what the toolstack left to it.
class BackendDaemon {
 public:
  using Log = std::function<void(const std::string& line)>;

  // Answers the requests of a guest's disk that has no backend any more: fail_requests_of, unless a test has another.
  using FailRequests = std::function<size_t(DomainId guest, const DiskRing& ring)>;

  // settings.own_domain: this domain; is_devd is set here.
  BackendDaemon(EventLoop& loop, XenStore& store, ToolstackSettings settings, Log log, FailRequests fail = fail_requests_of);
  BackendDaemon(const BackendDaemon&) = delete;
  BackendDaemon& operator=(const BackendDaemon&) = delete;

  // Begins to serve; it goes on while the loop runs and this object lives.
  void start();

 private:
  // A piece of work that runs at most once at a time: for a kernel backend, or for all process backends of a guest.
  struct Key {
    DomainId guest;
    std::optional<Device> device;  // none: the guest's process backends
    auto operator<=>(const Key&) const = default;
  };
  struct Job {
    Task<> task;
    bool again = false;  // something changed since it looked
    EventSource begin;   // it begins from the loop, never inside of what found the change
  };

  void on_change(const std::string& path);
  void look_at_all();
  void look_at(const Device& device);
  void kick(const Key& key);
  Task<> work(Key key);
  Task<> serve(Key key);

  Task<> serve_device(Device device);
  Task<> plug(Device device);
  Task<> take_down(Device device);

  Task<> serve_guest(DomainId guest);
  Task<> start_model(DomainId guest);
  Task<> watch_model(DomainId guest);
  void follow_model(DomainId guest);
  Task<> fail_connections(DomainId guest);
  Task<> fail_connection(Device device);
  void fail_waiting_requests(const Device& device);
  std::vector<Device> process_devices(DomainId guest) const;

  bool is_online(const Device& device) const;
  void report(const Device& device, const std::string& error);

  EventLoop& loop_;
  XenStore& store_;
  ToolstackSettings settings_;
  Log log_;
  FailRequests fail_requests_;
  DeviceConnector connector_;
  DeviceModels models_;
  std::map<Key, Job> jobs_;
  std::map<DomainId, Task<>> followers_;  // that wait for the end of each guest's qemu
  StoreWatch watch_;
};

}  // namespace xenolith::tools
