// SPDX-License-Identifier: MIT
// A model of a hypervisor for unit tests: domains with memory, event channels, parameters. It checks what the
// hypervisor would check of the caller, counts what must be given back, and can make any call fail.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tools/base/unique_fd.hpp"
#include "tools/control/fake_domain.hpp"
#include "tools/control/port.hpp"

namespace xenolith::tools {

class FakePort final : public HypercallPort {
 public:
  // A machine with domain 0, `pages` of free memory and `cpus` CPUs.
  explicit FakePort(uint64_t pages = 1 << 20, uint32_t cpus = 4);
  ~FakePort() override;

  // The `nth` call or mapping from now on (1 is the next; 0 never) fails with `error`, an errno value.
  void fail_call(unsigned nth, int error);
  // Calls and mappings so far.
  unsigned calls() const { return calls_; }
  // "domctl 1", "memory_op 6", "map 3 pages" ..., in order.
  const std::vector<std::string>& log() const { return log_; }

  FakeDomain* find(DomainId domain);
  size_t domain_count() const { return domains_.size(); }
  uint64_t free_pages() const { return free_pages_; }
  // Hypercall buffers and mappings that were not given back.
  size_t buffers() const { return buffers_.size(); }
  size_t mappings() const { return mappings_; }
  // The guest shuts itself down.
  void guest_shutdown(DomainId domain, uint32_t reason);
  // A copy of a guest's memory; what is not populated reads as zeros.
  std::vector<uint8_t> read(DomainId domain, uint64_t address, size_t size);
  // Extents of 2^order pages and more cannot be had from now on.
  void limit_order(unsigned order) { order_limit_ = order; }
  std::string extra_version = ".0-fake";
  // Whether memory can be populated on demand; it is there at once all the same, and does not count.
  bool populate_on_demand = false;
  std::string console = "(XEN) fake\n";
  std::string debug_keys;

  long call(unsigned number, unsigned command, void* argument, size_t size) override;
  void* allocate(size_t bytes) override;
  void release(void* memory, size_t bytes) override;
  void* map(DomainId domain, bool writable, std::span<const xen_pfn_t> frames, std::span<int> errors) override;
  void unmap(void* address, size_t pages) override;
  void* map_resource(DomainId domain, unsigned type, unsigned id, uint64_t first, size_t pages, void** token) override;
  void unmap_resource(void* address, size_t pages, void* token) override;

 private:
  int begin(std::string what);
  long domctl(xen_domctl& op);
  long create(xen_domctl& op);
  long destroy(FakeDomain& domain);
  long domain_info(xen_domctl& op);
  long affinity(xen_domctl& op, FakeDomain& domain, bool set);
  long sysctl(xen_sysctl& op);
  long cpupool(xen_sysctl_cpupool_op& op);
  long read_console(xen_sysctl_readconsole& op);
  long memory_op(unsigned command, void* argument);
  long populate(xen_memory_reservation& reservation);
  long populate_extent(FakeDomain& domain, uint64_t frame, unsigned order);
  long decrease(xen_memory_reservation& reservation);
  long hvm_op(unsigned command, xen_hvm_param& argument);
  long event_channel_op(unsigned command, void* argument);
  long version(unsigned command, void* argument);
  void describe(const FakeDomain& domain, xen_domctl_getdomaininfo& info);
  bool reachable(const void* memory, size_t size) const;
  size_t take_page();
  void give_page(size_t page);
  void* reserve(size_t pages);
  bool place(void* address, size_t index, size_t page, bool writable);

  std::recursive_mutex mutex_;
  std::map<DomainId, FakeDomain> domains_;
  std::map<uint32_t, uint32_t> pools_;   // id -> scheduler
  std::vector<uint32_t> cpu_pool_;       // by CPU; ~0 is free
  std::map<uintptr_t, size_t> buffers_;  // address -> bytes
  size_t mappings_ = 0;
  uint64_t total_pages_, free_pages_;
  uint16_t next_domain_ = 1;
  unsigned order_limit_ = 64;
  UniqueFd memory_;  // the machine's memory
  size_t memory_pages_ = 0;
  std::vector<size_t> spare_pages_;
  unsigned calls_ = 0, fail_at_ = 0;
  int fail_error_ = 0;
  std::vector<std::string> log_;
};

}  // namespace xenolith::tools
