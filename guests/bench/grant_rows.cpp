// SPDX-License-Identifier: MIT
// Rows: pages that another domain (child.cpp) grants: map, unmap, copy, one by one and sixteen in a call.
#include "guests/bench/child.hpp"
#include "guests/bench/row.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 batch = 16, most = granted_pages;

Page places[most];
grant_handle_t handles[most];
constinit domid_t granting = 0;

void map(u32 first, u32 count) {
  static gnttab_map_grant_ref requests[batch];
  for (u32 i = 0; i < count; ++i) {
    requests[i] = {};
    requests[i].host_addr = address_of(places[first + i].bytes);
    requests[i].flags = GNTMAP_host_map;
    requests[i].ref = first_granted + first + i;
    requests[i].dom = granting;
  }
  grant_op(GNTTABOP_map_grant_ref, requests, count);
  for (u32 i = 0; i < count; ++i) {
    if (requests[i].status) fail("map {} answers {}", first + i, requests[i].status);
    handles[first + i] = requests[i].handle;
  }
}

void unmap(u32 first, u32 count) {
  static gnttab_unmap_grant_ref requests[batch];
  for (u32 i = 0; i < count; ++i) {
    requests[i] = {};
    requests[i].host_addr = address_of(places[first + i].bytes);
    requests[i].handle = handles[first + i];
  }
  grant_op(GNTTABOP_unmap_grant_ref, requests, count);
  for (u32 i = 0; i < count; ++i)
    if (requests[i].status) fail("unmap answers {}", requests[i].status);
}

void copy(u32 count) {
  static gnttab_copy requests[batch];
  for (u32 i = 0; i < count; ++i) {
    requests[i] = {};
    requests[i].source.u.ref = first_granted + i;
    requests[i].source.domid = granting;
    requests[i].dest.u.gmfn = places[i].frame();
    requests[i].dest.domid = DOMID_SELF;
    requests[i].len = page_size;
    requests[i].flags = GNTCOPY_source_gref;
  }
  grant_op(GNTTABOP_copy, requests, count);
  for (u32 i = 0; i < count; ++i)
    if (requests[i].status) fail("copy answers {}", requests[i].status);
}

// Mapping and unmapping have a row each: all is mapped, then all is unmapped, in calls of `size` pages.
void map_rows(std::string_view map_name, std::string_view unmap_name, u32 size) {
  if (!selected(map_name) && !selected(unmap_name)) return;
  const u32 rounds = scaled(most) / size ? scaled(most) / size : 1;
  for (u32 i = 0; i < rounds; ++i) map(i * size, size);
  for (u32 i = 0; i < rounds; ++i) unmap(i * size, size);
  measure(map_name, rounds, [=](u32 i) { map(i * size, size); });
  measure(unmap_name, rounds, [=](u32 i) { unmap(i * size, size); });
}

// The places that were mapped over have lost their own pages; they get them back.
void give_places_back() {
  static xen_pfn_t frames[most];
  for (u32 i = 0; i < most; ++i) frames[i] = places[i].frame();
  xen_memory_reservation request{};
  set_xen_guest_handle(request.extent_start, frames);
  request.nr_extents = most;
  request.domid = DOMID_SELF;
  memory_op(XENMEM_populate_physmap, &request);
}

}  // namespace

void grant_rows(u16 granting_domain) {
  granting = granting_domain;
  repeat("grant_copy_1", 300, [] { copy(1); });
  repeat("grant_copy_16", 100, [] { copy(batch); });
  map_rows("grant_map_1", "grant_unmap_1", 1);
  map_rows("grant_map_16", "grant_unmap_16", batch);
  give_places_back();
}

}  // namespace xenolith::guest::bench
