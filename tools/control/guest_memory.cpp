// SPDX-License-Identifier: MIT
#include "tools/control/guest_memory.hpp"

#include <algorithm>

#include "tools/control/calls.hpp"

namespace xenolith::tools {
namespace {

// BIOS call INT 15h, E820h: ACPI Specification 6.4, section 15.1 "INT 15H, E820H - Query System Address Map".
struct E820Entry {
  uint64_t start;
  uint64_t size;
  uint32_t type;
} __attribute__((packed));
static_assert(sizeof(E820Entry) == 20);

xen_memory_reservation reservation(DomainId domain, HypercallBuffer<xen_pfn_t>& frames, unsigned order) {
  xen_memory_reservation argument{};
  calls::set_handle(argument.extent_start, frames.data());
  argument.nr_extents = frames.size();
  argument.extent_order = order;
  argument.domid = domain.value();
  return argument;
}

constexpr unsigned orders[] = {18, 9, 0};  // 1 GiB, 2 MiB, 4 KiB
constexpr size_t extents_at_once = 2048;   // four pages of frame numbers

// The largest order that `frame` is aligned to and that fits into `count` pages, at most `limit`.
unsigned fitting_order(uint64_t frame, uint64_t count, unsigned limit) {
  for (unsigned order : orders) {
    uint64_t pages = uint64_t(1) << order;
    if (order <= limit && frame % pages == 0 && count >= pages) return order;
  }
  return 0;
}

// As many extents of one order as lie at the start of the range and go into one call.
std::vector<Gfn> extents_of(uint64_t frame, uint64_t count, unsigned order, unsigned limit) {
  std::vector<Gfn> extents;
  uint64_t pages = uint64_t(1) << order;
  while (count >= pages && extents.size() < extents_at_once && fitting_order(frame, count, limit) == order) {
    extents.push_back(Gfn(frame));
    frame += pages;
    count -= pages;
  }
  return extents;
}

}  // namespace

size_t GuestMemory::populate(DomainId domain, std::span<const Gfn> extents, unsigned order, bool on_demand) {
  static constexpr const char* what = "giving memory to domain";
  failure_point(what);
  HypercallBuffer<xen_pfn_t> frames(port_, extents.size());
  for (size_t i = 0; i < extents.size(); ++i) frames[i] = extents[i].value();
  auto argument = reservation(domain, frames, order);
  argument.mem_flags = on_demand ? XENMEMF_populate_on_demand : 0;
  long done = port_.call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, &argument, sizeof argument);
  return size_t(calls::checked(done, what, domain));
}

void GuestMemory::populate_range(DomainId domain, Gfn start, PageCount count, bool on_demand) {
  uint64_t frame = start.value();
  uint64_t left = count.value();
  unsigned limit = orders[0];
  while (left > 0) {
    unsigned order = fitting_order(frame, left, limit);
    auto extents = extents_of(frame, left, order, limit);
    size_t done = populate(domain, extents, order, on_demand);
    frame += uint64_t(done) << order;
    left -= uint64_t(done) << order;
    if (done == extents.size()) continue;
    if (order == 0) fail(ENOMEM, "no memory for domain {}: {} of {} pages are missing", domain, left, count);
    limit = order == orders[0] ? orders[1] : orders[2];  // memory is in smaller pieces from here on
  }
}

void GuestMemory::set_populate_on_demand_target(DomainId domain, PageCount total) {
  xen_pod_target argument{};
  argument.domid = domain.value();
  argument.target_pages = total.value();
  calls::command(port_, __HYPERVISOR_memory_op, XENMEM_set_pod_target, argument, domain,
                 "setting the populate-on-demand target of domain");
}

size_t GuestMemory::decrease(DomainId domain, std::span<const Gfn> frames) {
  static constexpr const char* what = "taking memory from domain";
  failure_point(what);
  HypercallBuffer<xen_pfn_t> buffer(port_, frames.size());
  for (size_t i = 0; i < frames.size(); ++i) buffer[i] = frames[i].value();
  auto argument = reservation(domain, buffer, 0);
  long done = port_.call(__HYPERVISOR_memory_op, XENMEM_decrease_reservation, &argument, sizeof argument);
  return size_t(calls::checked(done, what, domain));
}

void GuestMemory::claim(DomainId domain, PageCount pages) {
  xen_memory_reservation argument{};
  argument.nr_extents = pages.value();
  argument.domid = domain.value();
  calls::command(port_, __HYPERVISOR_memory_op, XENMEM_claim_pages, argument, domain, "claiming memory for domain");
}

PageCount GuestMemory::current(DomainId domain) {
  xen_memory_domain argument{domain.value()};
  long pages = calls::command(port_, __HYPERVISOR_memory_op, XENMEM_current_reservation, argument, domain,
                              "asking for the memory of domain");
  return PageCount(uint64_t(pages));
}

PageCount GuestMemory::maximum(DomainId domain) {
  xen_memory_domain argument{domain.value()};
  long pages = calls::command(port_, __HYPERVISOR_memory_op, XENMEM_maximum_reservation, argument, domain,
                              "asking for the memory limit of domain");
  return PageCount(uint64_t(pages));
}

Gfn GuestMemory::highest_frame(DomainId domain) {
  xen_memory_domain argument{domain.value()};
  long frame = calls::command(port_, __HYPERVISOR_memory_op, XENMEM_maximum_gpfn, argument, domain,
                              "asking for the highest frame of domain");
  return Gfn(uint64_t(frame));
}

void GuestMemory::set_memory_map(DomainId domain, std::span<const MemoryRange> ranges) {
  HypercallBuffer<E820Entry> entries(port_, ranges.size());
  for (size_t i = 0; i < ranges.size(); ++i) entries[i] = {ranges[i].start, ranges[i].size, uint32_t(ranges[i].type)};
  xen_foreign_memory_map argument{};
  argument.domid = domain.value();
  argument.map.nr_entries = unsigned(entries.size());
  calls::set_handle(argument.map.buffer, static_cast<void*>(entries.data()));
  calls::command(port_, __HYPERVISOR_memory_op, XENMEM_set_memory_map, argument, domain,
                 "setting the memory map of domain");
}

std::vector<MemoryRange> GuestMemory::machine_memory_map() {
  static constexpr const char* what = "reading the machine's memory map";
  failure_point(what);
  HypercallBuffer<E820Entry> entries(port_, 1024);
  xen_memory_map argument{};
  argument.nr_entries = unsigned(entries.size());
  calls::set_handle(argument.buffer, static_cast<void*>(entries.data()));
  calls::checked(port_.call(__HYPERVISOR_memory_op, XENMEM_machine_memory_map, &argument, sizeof argument), what);
  std::vector<MemoryRange> ranges;
  for (size_t i = 0; i < std::min<size_t>(argument.nr_entries, entries.size()); ++i)
    ranges.push_back({entries[i].start, entries[i].size, MemoryType(entries[i].type)});
  return ranges;
}

ForeignPages GuestMemory::map(DomainId domain, std::span<const Gfn> frames, bool writable) {
  std::vector<xen_pfn_t> numbers(frames.size());
  std::ranges::transform(frames, numbers.begin(), &Gfn::value);
  return map_frames(domain, numbers, writable);
}

ForeignPages GuestMemory::map_range(DomainId domain, Gfn start, PageCount count, bool writable) {
  std::vector<xen_pfn_t> numbers(count.value());
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = start.value() + i;
  return map_frames(domain, numbers, writable);
}

ForeignPages GuestMemory::map_frames(DomainId domain, std::span<const xen_pfn_t> frames, bool writable) {
  failure_point("mapping memory of domain");
  std::vector<int> errors(frames.size());
  void* address = port_.map(domain, writable, frames, errors);
  if (!address) fail_errno("mapping {} pages of domain {}", frames.size(), domain);
  ForeignPages pages(port_, address, frames.size());
  for (size_t i = 0; i < frames.size(); ++i)
    if (errors[i]) throw_errno(errors[i], fmt::format("mapping frame {:#x} of domain {}", frames[i], domain));
  return pages;
}

ForeignPages GuestMemory::map_grant_table(DomainId domain, uint64_t first, PageCount count) {
  failure_point("mapping the grant table of domain");
  void* token = nullptr;
  void* address = port_.map_resource(domain, XENMEM_resource_grant_table, XENMEM_resource_grant_table_id_shared, first,
                                     count.value(), &token);
  if (!address) fail_errno("mapping the grant table of domain {}", domain);
  return ForeignPages(port_, address, count.value(), token);
}

void GuestMemory::flush_caches(DomainId domain, Gfn start, PageCount count) {
  constexpr uint64_t at_once = uint64_t(1) << 18;  // the most that hypervisors take
  for (uint64_t done = 0; done < count.value(); done += at_once) {
    xen_domctl op{};
    op.u.cacheflush.start_pfn = start.value() + done;
    op.u.cacheflush.nr_pfns = std::min(at_once, count.value() - done);
    calls::domctl(port_, XEN_DOMCTL_cacheflush, domain, op, "flushing caches of domain");
  }
}

Gfn GuestMemory::granted_frame(DomainId domain, GrantRef grant, DomainId to) {
  gnttab_get_version version{};
  version.dom = domain.value();
  calls::command(port_, __HYPERVISOR_grant_table_op, GNTTABOP_get_version, version, domain, "asking for the grant table of");
  if (version.version != 1) fail(EOPNOTSUPP, "the grant table of domain {} has version {}", domain, version.version);
  constexpr uint32_t per_page = page_size / sizeof(grant_entry_v1);
  ForeignPages page = map_grant_table(domain, grant.value() / per_page, PageCount(1));
  // The guest may change it at any moment: whatever is copied here is a grant that it made, or its own loss.
  const grant_entry_v1 entry = page.as<grant_entry_v1>()[grant.value() % per_page];
  bool writable = (entry.flags & GTF_type_mask) == GTF_permit_access && !(entry.flags & GTF_readonly);
  if (!writable || entry.domid != to.value()) fail(EINVAL, "domain {} grants nothing to domain {} by grant {}", domain, to, grant);
  return Gfn(entry.frame);
}

}  // namespace xenolith::tools
