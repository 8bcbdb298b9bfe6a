// SPDX-License-Identifier: MIT
// Puts the child's image into a domain's memory, and its first vCPU at its start.
#include <cstring>

#include "guests/bench/child_start.hpp"

namespace xenolith::guest::bench {
namespace {

extern "C" const u8 child_image[], child_image_end[];  // child_image.S

constexpr u32 window_pages = 64;
Page window[window_pages];  // where pages of the other domain are mapped; its own pages are given back for good

// Maps `count` pages of the domain from `first` on.
long map_pages(domid_t domain, u64 first, u32 count) {
  static xen_ulong_t theirs[window_pages];
  static xen_pfn_t ours[window_pages];
  static int errors[window_pages];
  for (u32 i = 0; i < count; ++i) theirs[i] = first + i, ours[i] = window[i].frame();
  xen_add_to_physmap_batch request{};
  request.domid = DOMID_SELF;
  request.space = XENMAPSPACE_gmfn_foreign;
  request.size = static_cast<u16>(count);
  request.u.foreign_domid = domain;
  set_xen_guest_handle(request.idxs, theirs);
  set_xen_guest_handle(request.gpfns, ours);
  set_xen_guest_handle(request.errs, errors);
  if (long answer = memory_op(XENMEM_add_to_physmap_batch, &request)) return answer;
  for (u32 i = 0; i < count; ++i)
    if (errors[i]) return errors[i];
  return 0;
}

void unmap_pages(u32 count) {
  for (u32 i = 0; i < count; ++i) {
    xen_remove_from_physmap request{.domid = DOMID_SELF, .gpfn = window[i].frame()};
    memory_op(XENMEM_remove_from_physmap, &request);
  }
}

void give_window_back() {
  static constinit bool given = false;
  if (given) return;
  given = true;
  static xen_pfn_t frames[window_pages];
  for (u32 i = 0; i < window_pages; ++i) frames[i] = window[i].frame();
  xen_memory_reservation request{};
  set_xen_guest_handle(request.extent_start, frames);
  request.nr_extents = window_pages;
  request.domid = DOMID_SELF;
  memory_op(XENMEM_decrease_reservation, &request);
}

// Calls with each part of the domain's memory that is mapped at once.
template <class Function>
long visit(domid_t domain, u64 address, u64 size, Function function) {
  while (size) {
    const u64 offset = address % page_size, room = window_pages * page_size - offset;
    const u64 part = size < room ? size : room;
    const u32 pages = static_cast<u32>((offset + part + page_size - 1) / page_size);
    if (long answer = map_pages(domain, address / page_size, pages)) return answer;
    function(window[0].bytes + offset, part);
    unmap_pages(pages);
    address += part, size -= part;
  }
  return 0;
}

long unpause(domid_t domain) {
  xen_domctl request{};
  return domctl(XEN_DOMCTL_unpausedomain, domain, request);
}

}  // namespace

long write(domid_t domain, u64 address, const void* data, u64 size) {
  const auto* from = static_cast<const u8*>(data);
  return visit(domain, address, size, [&](u8* place, u64 part) {
    std::memcpy(place, from, part);
    from += part;
  });
}

long read(domid_t domain, u64 address, void* data, u64 size) {
  auto* to = static_cast<u8*>(data);
  return visit(domain, address, size, [&](const u8* place, u64 part) {
    std::memcpy(to, place, part);
    to += part;
  });
}

long start_child(domid_t domain, std::string_view command_line) {
  give_window_back();
  const u64 size = static_cast<u64>(child_image_end - child_image);
  if (long answer = write(domain, child_image_address(), child_image, size)) return answer;
  if (long answer = write_start(domain, command_line)) return answer;
  if (long answer = set_registers(domain)) return answer;
  return unpause(domain);
}

}  // namespace xenolith::guest::bench
