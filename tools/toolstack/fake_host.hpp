// SPDX-License-Identifier: MIT
// A host for unit tests: a hypervisor and a xenstore in memory, folders that are thrown away, and a kernel whose backends
// answer as a test wants.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "tools/config/domain_config.hpp"
#include "tools/control/fake_port.hpp"
#include "tools/toolstack/toolstack.hpp"
#include "tools/xenstore/fake_store.hpp"

namespace xenolith::tools {

// Backend drivers of a domain's kernel by their states, and qemu's part in xenstore (the process is a shell script).
class FakeBackends {
 public:
  enum class Mood {
    willing,   // goes through its states as it should
    absent,    // never answers
    refusing,  // closes at once
    clinging,  // connects, but does not close as long as the frontend is there
  };

  FakeBackends(EventLoop& loop, MemoryTree& tree, DomainId domain);
  Mood mood = Mood::willing;
  bool qemu_works = true;  // says that it runs, and serves; else it does neither

 private:
  void on_change(const std::string& path);
  void drive(const Device& device);
  void start_qemu(const std::string& path);

  EventLoop& loop_;
  DomainId domain_;
  MemoryStore store_;
  StoreWatch watch_, pid_watch_;
};

class FakeHost {
 public:
  // adjust: changes the settings before the toolstack begins.
  explicit FakeHost(std::function<void(ToolstackSettings&)> adjust = {});
  ~FakeHost();

  // In build_pvh's place: pages and ports, without a kernel.
  static Toolstack::Builder builder();
  // A PVH guest whose kernel is some file.
  DomainConfig config(const std::string& name = "guest") const;
  // The same with a disk of the kernel's backend and a network device.
  DomainConfig config_with_devices() const;
  // A script in the script folder; its lines go to /bin/sh.
  void write_script(const std::string& name, const std::string& lines) const;
  // What the default scripts noted: "block add backend/vbd/1/51712" a line.
  std::string script_log() const;
  // All of xenstore, files and the hypervisor's counters, as text, to compare.
  std::string snapshot();
  // A node of xenstore, or "".
  std::string node(const std::string& path) { return store.find(path).value_or(""); }

  std::filesystem::path folder;
  EventLoop loop;
  MemoryTree tree;
  MemoryStore store{tree};
  FakePort port;
  Hypervisor hypervisor{port};
  FakeBackends backends{loop, tree, DomainId(0)};
  ToolstackSettings settings;
  Toolstack toolstack;
};

}  // namespace xenolith::tools
