// SPDX-License-Identifier: MIT
// DomainCreation: the steps that have effects. docs/toolstack.md, "Creating".
#include "tools/toolstack/creation.hpp"

#include <tools_arch/defaults.hpp>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/base/join.hpp"
#include "tools/config/domain_json.hpp"
#include "tools/toolstack/cleanup_on_cancel.hpp"
#include "tools/toolstack/domain_nodes.hpp"

namespace xenolith::tools {
namespace {

DomainId domain_of(const std::optional<std::string>& text) {
  return DomainId(text ? static_cast<uint16_t>(std::strtoul(text->c_str(), nullptr, 10)) : 0);
}

double seconds_since_1970() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

Task<DomainId> Toolstack::create(DomainConfig config, CreateOptions options) {
  DomainCreation creation(*this, std::move(config), std::move(options));
  DomainId domain = co_await creation.run();
  co_return domain;
}

void DomainCreation::step(const std::string& what) const {
  if (options_.progress) options_.progress(what);
  failure_point(what.c_str());
}

Task<DomainId> DomainCreation::run() {
  step("checking the configuration");
  prepare();
  make_domain();
  CleanupOnCancel guard(toolstack_, [this_domain = domain_, &toolstack = toolstack_] {
    return toolstack.destroy_quietly(this_domain);
  });
  std::exception_ptr failure;
  try {
    co_await build();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    co_await toolstack_.destroy_quietly(domain_);
    guard.done();
    std::rethrow_exception(failure);
  }
  guard.done();
  co_return domain_;
}

void DomainCreation::make_domain() {
  step("making the domain");
  DomainSpec spec;
  spec.handle = config_.uuid.value();
  spec.max_vcpus = config_.max_vcpus;
  spec.max_event_channel_port = config_.max_event_channels.value_or(1023);
  spec.pool = pool_;
  if (config_.max_grant_frames) spec.max_grant_frames = static_cast<int32_t>(*config_.max_grant_frames);
  if (config_.max_maptrack_frames) spec.max_maptrack_frames = static_cast<int32_t>(*config_.max_maptrack_frames);
  if (config_.max_grant_version) spec.grant_version = *config_.max_grant_version;
  if (config_.nested_hvm.value_or(false)) spec.flags |= XEN_DOMCTL_CDF_nested_virt;
  if (!config_.hap.value_or(true)) spec.flags &= ~static_cast<uint32_t>(XEN_DOMCTL_CDF_hap);
  spec.serial_line = config_.serial_line;
  spec.relaxed_msrs = config_.relaxed_msrs.value_or(false);
  domain_ = hypervisor_.domains.create(spec, &arch_);
}

Task<> DomainCreation::build() {
  set_limits();
  set_affinity();
  set_share();
  write_base();
  BuildResult built = fill_memory();
  announce(built);
  co_await start_devices(built);
  keep_config();
  if (options_.paused) co_return;
  step("starting the domain");
  hypervisor_.domains.unpause(domain_);
}

void DomainCreation::set_limits() {
  step("setting limits");
  auto& domains = hypervisor_.domains;
  domains.make_vcpus(domain_, config_.max_vcpus);
  domains.set_max_memory(domain_, pvh_memory_limit(config_.memory));
  KiB paging = pvh_paging_memory(config_.max_memory, config_.max_vcpus);
  domains.set_paging_memory(domain_, std::max(paging, config_.shadow_memory.value_or(KiB(0))));
  if (arch::has_tsc_modes && config_.tsc_mode != TscMode::automatic)
    domains.set_tsc(domain_, static_cast<uint32_t>(config_.tsc_mode));
  if (config_.time_offset_s) domains.set_time_offset(domain_, config_.time_offset_s);
}

void DomainCreation::set_affinity() {
  if (config_.hard_affinity.empty() && config_.soft_affinity.empty()) return;
  step("pinning vCPUs");
  std::vector<uint32_t> node_of;
  for (const auto& cpu : hypervisor_.machine.topology()) {
    if (node_of.size() <= cpu.cpu.value()) node_of.resize(cpu.cpu.value() + 1);
    node_of[cpu.cpu.value()] = cpu.node;
  }
  resolve_affinity(config_, node_of);
  for (uint32_t vcpu = 0; vcpu < config_.max_vcpus; ++vcpu) {
    if (vcpu < config_.hard_affinity.size())
      hypervisor_.vcpus.set_hard_affinity(domain_, VcpuId(vcpu), config_.hard_affinity[vcpu].resolve(node_of));
    if (vcpu < config_.soft_affinity.size())
      hypervisor_.vcpus.set_soft_affinity(domain_, VcpuId(vcpu), config_.soft_affinity[vcpu].resolve(node_of));
  }
}

void DomainCreation::set_share() {
  const SchedulingConfig& wanted = config_.scheduling;
  if (wanted == SchedulingConfig{}) return;
  step("setting the scheduler's parameters");
  Scheduler scheduler = hypervisor_.scheduling.default_scheduler();
  for (const auto& pool : hypervisor_.scheduling.pools())
    if (pool.id == pool_) scheduler = pool.scheduler;
  if (scheduler == Scheduler::credit || scheduler == Scheduler::credit2) {
    SchedulingShare share = hypervisor_.scheduling.share(domain_, scheduler);
    if (wanted.weight) share.weight = static_cast<uint16_t>(*wanted.weight);
    if (wanted.cap) share.cap = static_cast<uint16_t>(*wanted.cap);
    hypervisor_.scheduling.set_share(domain_, scheduler, share);
  } else if (scheduler == Scheduler::rtds) {
    RealTimeShare share = hypervisor_.scheduling.real_time(domain_);
    share.period_us = wanted.period_us.value_or(share.period_us);
    share.budget_us = wanted.budget_us.value_or(share.budget_us);
    share.extra_time = wanted.extra_time.value_or(share.extra_time);
    hypervisor_.scheduling.set_real_time(domain_, share);
  }
}

void DomainCreation::write_base() {
  step("writing the domain's nodes");
  store_.transact([&](StoreTransaction& transaction) { write_base_nodes(transaction, domain_, config_); });
  name_lock_.reset();
}

BuildResult DomainCreation::fill_memory() {
  step("building memory");
  BuildRequest request;
  request.arch = arch_;
  request.kernel = config_.kernel;
  if (!config_.ramdisk.empty()) request.modules = {config_.ramdisk};
  request.command_line = config_.command_line;
  request.device_tree = config_.device_tree;
  request.serial_line = config_.serial_line;
  request.kernel_cache = toolstack_.settings_.kernel_cache;
  request.memory = config_.memory;
  request.max_memory = config_.max_memory;
  request.vcpus = config_.vcpus;
  request.max_vcpus = config_.max_vcpus;
  request.acpi = config_.acpi.value_or(true);
  auto daemons = store_.find_all({"/tool/xenstored/domid", "/tool/xenconsoled/domid"});
  request.store_domain = domain_of(daemons[0]);
  request.console_domain = console_domain_ = domain_of(daemons[1]);
  return toolstack_.builder_(hypervisor_, domain_, request);
}

void DomainCreation::announce(const BuildResult& built) {
  step("introducing the domain to xenstored");
  ConsoleRing ring{console_domain_, built.console_frame, built.console_port};
  store_.transact([&](StoreTransaction& transaction) {
    write_built_nodes(transaction, domain_, config_, built, seconds_since_1970());
    add_device(transaction, console_nodes(domain_, ring));
    if (built.serial_frame)
      add_device(transaction, serial_line_nodes(domain_, {console_domain_, *built.serial_frame, built.serial_port}));
  });
  store_.introduce(domain_, built.store_frame, built.store_port);
  if (options_.console_ready) options_.console_ready(domain_);
}

Task<> DomainCreation::start_devices(const BuildResult&) {
  std::vector<DeviceNodes> devices = device_nodes();
  if (devices.empty()) co_return;
  step("connecting devices");
  std::vector<Task<>> tasks;
  if (needs_device_model()) tasks.push_back(toolstack_.models_.start(domain_, config_.name, config_.channels));
  for (auto& nodes : devices) tasks.push_back(toolstack_.add_and_connect(std::move(nodes)));
  co_await join(toolstack_.loop_, std::move(tasks));
}

void DomainCreation::keep_config() {
  step("keeping the configuration");
  Userdata data(toolstack_.settings_.state, domain_, config_.uuid.value());
  data.store("libxl-json", to_json(config_));
  if (!options_.source.empty()) data.store("xl", options_.source);
}

}  // namespace xenolith::tools
