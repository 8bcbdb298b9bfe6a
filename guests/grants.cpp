// SPDX-License-Identifier: MIT
// Grant tables: set-up in both versions, mapping a page of our own, copying, and every kind of refusal.
#include <cstring>

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

Page table_page, status_page, granted, mapped, copy_to;
constexpr grant_ref_t reference = 20, read_only_reference = 21, unused_reference = 22;

grant_entry_v1_t& entry(grant_ref_t which) { return table_page.as<grant_entry_v1_t>()[which]; }

void grant(grant_ref_t which, const Page& page, u16 flags) {
  entry(which).domid = 0;
  entry(which).frame = static_cast<u32>(page.frame());
  std::atomic_ref<u16>{entry(which).flags}.store(flags, std::memory_order_release);  // pairs with the hypervisor's read
}

bool end_grant(grant_ref_t which) {
  std::atomic_ref<u16> flags{entry(which).flags};
  if (flags.load() & (GTF_reading | GTF_writing)) return false;
  flags.store(0);
  return true;
}

long map_table_page(u64 index, const Page& place) {
  xen_add_to_physmap request{
      .domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_grant_table, .idx = index, .gpfn = place.frame()};
  return memory_op(XENMEM_add_to_physmap, &request);
}

bool set_up() {
  Check check{"setup"};
  gnttab_query_size size{};
  size.dom = DOMID_SELF;
  check.equal(grant_op(GNTTABOP_query_size, &size), 0, "answer to query_size");
  check.equal(size.status, GNTST_okay, "its status");
  check.expect(size.max_nr_frames >= 4, "at most {} frames", size.max_nr_frames);
  if (!check.equal(map_table_page(0, table_page), 0, "answer to add_to_physmap")) return false;
  xen_pfn_t frames[1] = {};
  gnttab_setup_table setup{};
  setup.dom = DOMID_SELF;
  setup.nr_frames = 1;
  set_xen_guest_handle(setup.frame_list, frames);
  check.equal(grant_op(GNTTABOP_setup_table, &setup), 0, "answer to setup_table");
  check.equal(setup.status, GNTST_okay, "its status");
  check.equal(frames[0], table_page.frame(), "frame of the table");
  setup.nr_frames = size.max_nr_frames + 1;
  grant_op(GNTTABOP_setup_table, &setup);
  check.expect(setup.status != GNTST_okay, "{} frames are taken", setup.nr_frames);
  check.expect(map_table_page(size.max_nr_frames, status_page) < 0, "a frame beyond the limit can be mapped");
  return true;
}

gnttab_map_grant_ref map(grant_ref_t which, u32 flags = GNTMAP_host_map, u64 address = address_of(mapped.bytes), u16 domain = DOMID_SELF) {
  gnttab_map_grant_ref request{};
  request.host_addr = address;
  request.flags = flags;
  request.ref = which;
  request.dom = domain == DOMID_SELF ? domid_t{0} : domain;
  if (grant_op(GNTTABOP_map_grant_ref, &request)) request.status = -1000;
  return request;
}

i16 unmap(grant_handle_t handle) {
  gnttab_unmap_grant_ref request{};
  request.host_addr = address_of(mapped.bytes);
  request.handle = handle;
  if (grant_op(GNTTABOP_unmap_grant_ref, &request)) return -1000;
  return request.status;
}

// The same page at two places: what is written at one is read at the other.
void map_own_page() {
  Check check{"map"};
  grant(reference, granted, GTF_permit_access);
  volatile u8& here = granted.bytes[7];
  volatile u8& there = mapped.bytes[7];
  here = 0x5a;
  gnttab_map_grant_ref request = map(reference);
  if (!check.equal(request.status, GNTST_okay, "status")) return;
  check.equal(u8{there}, u8{0x5a}, "what is read through the mapping");
  there = 0xa5;
  check.equal(u8{here}, u8{0xa5}, "what was written through the mapping");
  check.equal(request.dev_bus_addr, granted.frame() << page_shift, "bus address");
  check.expect((entry(reference).flags & (GTF_reading | GTF_writing)) == (GTF_reading | GTF_writing), "flags in use {:#x}",
               entry(reference).flags);
  check.expect(!end_grant(reference), "the grant can be ended while it is mapped");
  check.equal(unmap(request.handle), GNTST_okay, "status of unmap");
  check.equal(entry(reference).flags, u16{GTF_permit_access}, "flags after it");
  check.equal(unmap(request.handle), GNTST_bad_handle, "status of a second unmap");
  check.expect(end_grant(reference), "the grant cannot be ended");
}

void refusals() {
  Check check{"map_refused"};
  check.equal(map(unused_reference).status, GNTST_general_error, "status for a reference not granted");
  check.equal(map(~0u).status, GNTST_bad_gntref, "status for reference 0xffffffff");
  check.equal(map(reference, GNTMAP_host_map, address_of(mapped.bytes), 0x7fef).status, GNTST_bad_domain, "status for no such domain");
  grant(read_only_reference, granted, GTF_permit_access | GTF_readonly);
  check.expect(map(read_only_reference).status != GNTST_okay, "a read-only grant is mapped for writing");
  grant(reference, granted, GTF_permit_access);
  entry(reference).frame = 0xffff'fff0;
  check.expect(map(reference).status != GNTST_okay, "a frame that is none is mapped");
  check.equal(unmap(0x1234'5678), GNTST_bad_handle, "status of unmap for a handle that is none");
  check.equal(hypercall(__HYPERVISOR_grant_table_op, 1000, 0, 1), -XEN_ENOSYS, "an unknown sub-operation");
  end_grant(read_only_reference);
  end_grant(reference);
}

gnttab_copy copy(grant_ref_t from, u16 offset, u16 length, u16 flags = GNTCOPY_source_gref) {
  gnttab_copy request{};
  request.source.u.ref = from;
  request.source.domid = 0;
  request.source.offset = offset;
  request.dest.u.gmfn = copy_to.frame();
  request.dest.domid = DOMID_SELF;
  request.dest.offset = offset;
  request.len = length;
  request.flags = flags;
  if (grant_op(GNTTABOP_copy, &request)) request.status = -1000;
  return request;
}

void copying() {
  Check check{"copy"};
  grant(read_only_reference, granted, GTF_permit_access | GTF_readonly);
  for (u64 i = 0; i < page_size; ++i) granted.bytes[i] = static_cast<u8>(i * 7);
  std::memset(copy_to.bytes, 0, page_size);
  check.equal(copy(read_only_reference, 100, 1000).status, GNTST_okay, "status");
  check.expect(std::memcmp(copy_to.bytes + 100, granted.bytes + 100, 1000) == 0, "the copy differs");
  check.expect(copy_to.bytes[99] == 0 && copy_to.bytes[1100] == 0, "more than asked for is copied");
  check.equal(copy(read_only_reference, 0, page_size).status, GNTST_okay, "status of a whole page");
  check.expect(std::memcmp(copy_to.bytes, granted.bytes, page_size) == 0, "the copy of a page differs");
  check.equal(copy(read_only_reference, 4000, 97).status, GNTST_bad_copy_arg, "status of a copy that leaves the page");
  check.equal(copy(unused_reference, 0, 8).status, GNTST_general_error, "status of a copy from a reference not granted");
  gnttab_copy into{};
  into.source.u.gmfn = copy_to.frame();
  into.source.domid = DOMID_SELF;
  into.dest.u.ref = read_only_reference;
  into.dest.domid = 0;
  into.len = 8;
  into.flags = GNTCOPY_dest_gref;
  check.equal(grant_op(GNTTABOP_copy, &into), 0, "answer");
  check.expect(into.status != GNTST_okay, "a copy into a read-only grant is made");
  check.expect(end_grant(read_only_reference), "the grant stays in use");
}

u32 version() {
  gnttab_get_version request{};
  request.dom = DOMID_SELF;
  return grant_op(GNTTABOP_get_version, &request) ? 0 : request.version;
}

long set_version(u32 wanted) {
  gnttab_set_version request{wanted};
  return grant_op(GNTTABOP_set_version, &request);
}

// Version 2: entries of 16 bytes, with the use of a grant in a table of its own.
void second_version() {
  Check check{"version_2"};
  check.equal(version(), 1u, "version from the start");
  check.equal(set_version(3), -XEN_EINVAL, "answer to version 3");
  long answer = set_version(2);
  if (answer == -XEN_ENOSYS || answer == -XEN_EOPNOTSUPP) return check.skip("not supported");
  if (!check.equal(answer, 0, "answer")) return;
  check.equal(version(), 2u, "version");
  if (!check.equal(map_table_page(XENMAPIDX_grant_table_status, status_page), 0, "answer to mapping the status frame")) return;
  auto& wide = table_page.as<grant_entry_v2_t>()[reference];
  wide.full_page.hdr.domid = 0;
  wide.full_page.frame = granted.frame();
  std::atomic_ref<u16>{wide.hdr.flags}.store(GTF_permit_access);
  gnttab_map_grant_ref request = map(reference);
  check.equal(request.status, GNTST_okay, "status of map");
  volatile u16& status = status_page.as<grant_status_t>()[reference];
  check.equal(u16{status}, u16{GTF_reading | GTF_writing}, "status in use");
  check.equal(set_version(1), -XEN_EBUSY, "answer to version 1 while a grant is mapped");
  check.equal(unmap(request.handle), GNTST_okay, "status of unmap");
  check.equal(u16{status}, u16{0}, "status after it");
  std::atomic_ref<u16>{wide.hdr.flags}.store(0);
  check.equal(set_version(1), 0, "answer to version 1");
  check.equal(version(), 1u, "version after it");
}

// A mapping is gone with its page table entry: the place is not RAM of this domain any more.
void after_unmap() {
  Check check{"unmapped_place"};
  check.expect(is_hole(*mapped.as<u64>()), "something is where the mapping was");
}

}  // namespace

void test_main() {
  if (!set_up()) return;
  map_own_page();
  refusals();
  copying();
  second_version();
  after_unmap();
}

}  // namespace xenolith::guest
