// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/config/domain_config.hpp"
#include "tools/toolstack/toolstack.hpp"
#include "tools/toolstack/userdata_lock.hpp"

namespace xenolith::tools {

// One Toolstack::create() on its way.
class DomainCreation {
 public:
  DomainCreation(Toolstack& toolstack, DomainConfig config, CreateOptions options)
      : toolstack_(toolstack), hypervisor_(toolstack.hypervisor_), store_(toolstack.store_), config_(std::move(config)),
        options_(std::move(options)) {}

  // As Toolstack::create().
  Task<DomainId> run();

 private:
  // Checks without effects; fills in what the configuration leaves open.
  void prepare();
  void check_supported() const;
  void check_sizes() const;
  void check_unused();
  void complete_devices();
  PoolId find_pool() const;

  void make_domain();
  Task<> build();
  void set_limits();
  void set_affinity();
  void set_share();
  void write_base();
  BuildResult fill_memory();
  void announce(const BuildResult& built);
  Task<> start_devices(const BuildResult& built);
  std::vector<DeviceNodes> device_nodes() const;
  bool needs_device_model() const;
  void keep_config();
  void step(const std::string& what) const;

  Toolstack& toolstack_;
  Hypervisor& hypervisor_;
  XenStore& store_;
  DomainConfig config_;
  ArchDomain arch_;
  CreateOptions options_;
  PoolId pool_;
  std::optional<UserdataLock> name_lock_;  // from the look for domains with this name until this one has it
  DomainId domain_, console_domain_;
};

}  // namespace xenolith::tools
