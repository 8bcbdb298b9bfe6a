// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include "tools/control/foreign_pages.hpp"

namespace xenolith::tools {

enum class MemoryType : uint32_t { ram = 1, reserved = 2, acpi = 3, nvs = 4, unusable = 5 };

// An entry of a memory map: bytes.
struct MemoryRange {
  uint64_t start = 0;
  uint64_t size = 0;
  MemoryType type = MemoryType::ram;
};

// Memory of domains. All throw Error with the hypervisor's errno, unless said otherwise.
class GuestMemory {
 public:
  explicit GuestMemory(HypercallPort& port) : port_(port) {}

  // Gives the domain memory at extents of 2^order pages. Returns how many extents, from the first on, got memory.
  // on_demand: only when the guest touches it (set_populate_on_demand_target).
  size_t populate(DomainId domain, std::span<const Gfn> extents, unsigned order, bool on_demand = false);
  // The whole range, in extents as large as their alignment and the hypervisor allow (1 GiB, 2 MiB, 4 KiB). Throws
  // Error(ENOMEM) when memory is short; what was populated until then stays.
  void populate_range(DomainId domain, Gfn start, PageCount count, bool on_demand = false);
  // How many pages the domain has for populating on demand, together with those that it has already.
  void set_populate_on_demand_target(DomainId domain, PageCount total);
  // Takes memory away again. Returns how many pages, from the first on, were there to take.
  size_t decrease(DomainId domain, std::span<const Gfn> frames);
  // Sets pages aside for the domain, so that populating cannot fail for lack of memory; 0 gives the claim up.
  void claim(DomainId domain, PageCount pages);

  PageCount current(DomainId domain);
  PageCount maximum(DomainId domain);
  Gfn highest_frame(DomainId domain);
  // Where the guest is told its memory is (XENMEM_memory_map); at most 128 ranges.
  void set_memory_map(DomainId domain, std::span<const MemoryRange> ranges);
  std::vector<MemoryRange> machine_memory_map();

  // Maps pages, all or none. Throws Error when one cannot be mapped.
  ForeignPages map(DomainId domain, std::span<const Gfn> frames, bool writable = true);
  ForeignPages map(DomainId domain, Gfn frame, bool writable = true) { return map(domain, {&frame, 1}, writable); }
  ForeignPages map_range(DomainId domain, Gfn start, PageCount count, bool writable = true);
  // The first pages of the domain's grant table (version 1 entries, for seeding).
  ForeignPages map_grant_table(DomainId domain, PageCount count) { return map_grant_table(domain, 0, count); }
  // What was written there is in memory and not in caches alone: for guests that begin with theirs off (arm64).
  void flush_caches(DomainId domain, Gfn start, PageCount count);
  // The page that the domain grants `to` for reading and writing, by its grant table. Error(EINVAL) if there is no such grant, Error(EOPNOTSUPP) for
  // a table of version 2.
  Gfn granted_frame(DomainId domain, GrantRef grant, DomainId to);

 private:
  ForeignPages map_grant_table(DomainId domain, uint64_t first, PageCount count);
  ForeignPages map_frames(DomainId domain, std::span<const xen_pfn_t> frames, bool writable);

  HypercallPort& port_;
};

}  // namespace xenolith::tools
