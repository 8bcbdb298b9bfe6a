// SPDX-License-Identifier: MIT
// Memory and grants.
#include "guests/compat/guest.hpp"

namespace xenolith::guest32 {
namespace {

constinit Page spare[2], table, source, target;

void memory_map() {
  Check check{"memory_map"};
  struct [[gnu::packed]] Entry {
    u64 address, size;
    u32 type;
  };
  static Entry entries[128];
  Guarded<xen_memory_map> request;
  request.value.nr_entries = 128;
  request.value.buffer.p = entries;
  check.equal(static_cast<u32>(memory_op(XENMEM_memory_map, &request.value)), 0, "answer");
  check.expect(request.value.nr_entries > 1 && request.value.nr_entries <= 128, "number of entries", request.value.nr_entries);
  u32 of_image = 0;
  for (u32 i = 0; i < request.value.nr_entries && i < 128; ++i)
    if (entries[i].address <= address_of(&entries) && address_of(&entries) < entries[i].address + entries[i].size) of_image = entries[i].type;
  check.equal(of_image, 1, "type of the image's memory");
  check.expect(request.is_whole() && request.value.buffer.p == entries, "more than the number has changed");
}

// Two frames go and come back: lists of 32-bit numbers, and their contents are new.
void reservation() {
  Check check{"reservation"};
  xen_pfn_t frames[3] = {frame_of(&spare[0]), frame_of(&spare[1]), 0xa5a5a5a5};
  Guarded<xen_memory_reservation> request;
  request.value.extent_start.p = frames;
  request.value.nr_extents = 2;
  request.value.domid = DOMID_SELF;
  u32 before = static_cast<u32>(memory_op(XENMEM_current_reservation, &request.value.domid));
  check.equal(static_cast<u32>(memory_op(XENMEM_decrease_reservation, &request.value)), 2, "answer to decrease_reservation");
  check.equal(static_cast<u32>(memory_op(XENMEM_current_reservation, &request.value.domid)), before - 2, "frames without them");
  check.equal(static_cast<u32>(memory_op(XENMEM_populate_physmap, &request.value)), 2, "answer to populate_physmap");
  check.equal(static_cast<u32>(memory_op(XENMEM_current_reservation, &request.value.domid)), before, "frames in the end");
  check.expect(request.is_whole() && frames[2] == 0xa5a5a5a5, "bytes that are not the call's have changed");
  spare[1].bytes[5] = 7;
  check.equal(spare[1].bytes[5], 7, "what was written to it");
}

// shared_info moves to another frame and back, by lists of 32-bit numbers. Not the last check's place: the page is in use.
void physmap_batch() {
  Check check{"physmap_batch"};
  xen_ulong_t indexes[2] = {0, 9};
  xen_pfn_t frames[2] = {frame_of(&shared()), frame_of(&spare[0])};
  Guarded<int[2]> errors;
  Guarded<xen_add_to_physmap_batch> request;
  request.value.domid = DOMID_SELF;
  request.value.space = XENMAPSPACE_shared_info;
  request.value.size = 2;
  request.value.idxs.p = indexes;
  request.value.gpfns.p = frames;
  request.value.errs.p = errors.value;
  check.equal(static_cast<u32>(memory_op(XENMEM_add_to_physmap_batch, &request.value)), 0, "answer");
  check.equal(static_cast<u32>(errors.value[0]), 0, "error of the first");
  check.equal(static_cast<u32>(errors.value[1]), static_cast<u32>(-XEN_EINVAL), "error of the second");
  check.expect(errors.is_whole() && request.is_whole(), "bytes behind it have changed");
  check.expect(shared().wc_version != 0, "shared_info is gone");
}

void table_of_grants() {
  Check check{"table_of_grants"};
  Guarded<gnttab_query_size> size;
  size.value.dom = DOMID_SELF;
  check.equal(static_cast<u32>(grant_op(GNTTABOP_query_size, &size.value)), 0, "answer to query_size");
  check.expect(size.value.status == GNTST_okay && size.value.max_nr_frames >= 2, "most frames", size.value.max_nr_frames);
  xen_add_to_physmap place{.domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_grant_table, .idx = 0, .gpfn = frame_of(&table)};
  check.equal(static_cast<u32>(memory_op(XENMEM_add_to_physmap, &place)), 0, "answer to add_to_physmap");
  Guarded<xen_pfn_t[2]> frames;
  Guarded<gnttab_setup_table> setup;
  setup.value.dom = DOMID_SELF;
  setup.value.nr_frames = 2;
  setup.value.frame_list.p = frames.value;
  check.equal(static_cast<u32>(grant_op(GNTTABOP_setup_table, &setup.value)), 0, "answer to setup_table");
  check.equal(static_cast<u32>(setup.value.status), GNTST_okay, "its status");
  check.expect(setup.is_whole() && frames.is_whole(), "bytes behind it have changed");
}

// Two copies in one call: by reference to a frame, and a reference that nobody granted.
void copies() {
  Check check{"copies"};
  constexpr u32 reference = 20;
  *table.as<grant_entry_v1_t>(reference * sizeof(grant_entry_v1_t)) = {.flags = GTF_permit_access, .domid = 0, .frame = frame_of(&source)};
  for (u32 i = 0; i < 64; ++i) source.bytes[100 + i] = static_cast<u8>(i + 1);
  Guarded<gnttab_copy[2]> request;
  for (gnttab_copy& copy : request.value) {
    copy.source.u.ref = reference;
    copy.source.domid = DOMID_SELF;
    copy.source.offset = 100;
    copy.dest.u.gmfn = frame_of(&target);
    copy.dest.domid = DOMID_SELF;
    copy.dest.offset = 8;
    copy.len = 64;
    copy.flags = GNTCOPY_source_gref;
    copy.status = 1;
  }
  request.value[1].source.u.ref = reference + 1;
  check.equal(static_cast<u32>(grant_op(GNTTABOP_copy, request.value, 2)), 0, "answer");
  check.equal(static_cast<u32>(request.value[0].status), GNTST_okay, "status of the first");
  check.expect(request.value[1].status < 0, "status of the second", static_cast<u32>(request.value[1].status));
  check.expect(target.bytes[8] == 1 && target.bytes[71] == 64 && target.bytes[72] == 0, "what arrived", target.bytes[8]);
  check.expect(request.is_whole(), "bytes behind it have changed");
}

}  // namespace

void check_memory() {
  memory_map();
  reservation();
  physmap_batch();
}

void check_grants() {
  table_of_grants();
  copies();
}

}  // namespace xenolith::guest32
