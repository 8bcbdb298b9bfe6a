// SPDX-License-Identifier: MIT
// Grant tables against a guest that means harm: operations with every wrong argument, two vCPUs that unmap the same mapping, map
// and revoke at the same time, and change the version while copying; all frames and references of the table.
#include <algorithm>
#include <cstring>

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u32 most_frames = 64;
Page table[most_frames], granted, mapped, second_mapped, copy_to;
constexpr grant_ref_t reference = 20, copied = 21;

void grant(grant_ref_t which, const Page& page, u16 flags) {
  grant_entry_v1_t& entry = table[0].as<grant_entry_v1_t>()[which];
  entry.domid = 0;
  entry.frame = static_cast<u32>(page.frame());
  std::atomic_ref<u16>{entry.flags}.store(flags, std::memory_order_release);  // pairs with the hypervisor's read
}

// As a kernel ends access: only while nobody uses the grant.
bool end_grant(grant_ref_t which) {
  std::atomic_ref<u16> flags{table[0].as<grant_entry_v1_t>()[which].flags};
  u16 seen = flags.load();
  do {
    if (seen & (GTF_reading | GTF_writing)) return false;
  } while (!flags.compare_exchange_strong(seen, 0));
  return true;
}

long put_table(u64 index, const Page& place) {
  xen_add_to_physmap request{
      .domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_grant_table, .idx = index, .gpfn = place.frame()};
  return memory_op(XENMEM_add_to_physmap, &request);
}

gnttab_map_grant_ref map(grant_ref_t which, const Page& at, u32 flags = GNTMAP_host_map) {
  gnttab_map_grant_ref request{};
  request.host_addr = address_of(at.bytes);
  request.flags = flags;
  request.ref = which;
  if (grant_op(GNTTABOP_map_grant_ref, &request)) request.status = -1000;
  return request;
}

i16 unmap(grant_handle_t handle, const Page& at) {
  gnttab_unmap_grant_ref request{};
  request.host_addr = address_of(at.bytes);
  request.handle = handle;
  return grant_op(GNTTABOP_unmap_grant_ref, &request) ? i16{-1000} : request.status;
}

i16 copy(grant_ref_t from) {
  gnttab_copy request{};
  request.source.u.ref = from;
  request.dest.u.gmfn = copy_to.frame();
  request.dest.domid = DOMID_SELF;
  request.len = 256;
  request.flags = GNTCOPY_source_gref;
  return grant_op(GNTTABOP_copy, &request) ? i16{-1000} : request.status;
}

struct RefusedMap {
  const char* what;
  u32 flags;
  grant_ref_t ref;
  domid_t dom;
  u16 granted_flags;
  i16 status;
};
constexpr RefusedMap refused_maps[] = {
    {"map without flags", 0, reference, 0, GTF_permit_access, GNTST_bad_gntref},
    {"map for devices", GNTMAP_host_map | GNTMAP_device_map, reference, 0, GTF_permit_access, GNTST_general_error},
    {"map by page table entry", GNTMAP_host_map | GNTMAP_contains_pte, reference, 0, GTF_permit_access, GNTST_general_error},
    {"map for an application", GNTMAP_host_map | GNTMAP_application_map, reference, 0, GTF_permit_access, GNTST_general_error},
    {"map of no domain's", GNTMAP_host_map, reference, 0x7fef, GTF_permit_access, GNTST_bad_domain},
    {"map of DOMID_SELF's", GNTMAP_host_map, reference, DOMID_SELF, GTF_permit_access, GNTST_bad_domain},
    {"map of what is not granted", GNTMAP_host_map, reference, 0, GTF_invalid, GNTST_general_error},
    {"map of a transfer", GNTMAP_host_map, reference, 0, GTF_accept_transfer, GNTST_general_error},
    {"map of a transitive grant", GNTMAP_host_map, reference, 0, GTF_transitive, GNTST_general_error},
    {"map for writing of read-only", GNTMAP_host_map, reference, 0, GTF_permit_access | GTF_readonly, GNTST_general_error},
    {"map of an uncached grant", GNTMAP_host_map, reference, 0, GTF_permit_access | GTF_PCD, GNTST_general_error},
    {"map beyond the table", GNTMAP_host_map, 512, 0, GTF_permit_access, GNTST_bad_gntref},
    {"map of reference 0xffffffff", GNTMAP_host_map, ~0u, 0, GTF_permit_access, GNTST_bad_gntref},
};

void table_of_refusals() {
  Check check{"refusals"};
  for (const RefusedMap& row : refused_maps) {
    grant(reference, granted, row.granted_flags);
    gnttab_map_grant_ref request{};
    request.host_addr = address_of(mapped.bytes);
    request.flags = row.flags;
    request.ref = row.ref;
    request.dom = row.dom;
    check.equal(grant_op(GNTTABOP_map_grant_ref, &request), 0, row.what);
    check.equal(request.status, row.status, row.what);
    check.expect(end_grant(reference), "{}: the grant stays in use", row.what);
  }
  for (u32 handle : {0u, 255u, 256u, 0x7fff'ffffu, ~0u}) check.equal(unmap(handle, mapped), GNTST_bad_handle, "status of unmap");
  gnttab_transfer transfer{};
  check.equal(grant_op(GNTTABOP_transfer, &transfer), 0, "answer to transfer");
  check.equal(transfer.status, GNTST_bad_page, "status of transfer");
  for (u32 command = 0; command <= 12; ++command) {
    check.equal(grant_op(command, reinterpret_cast<void*>(0xffff'8000'0000'0000)), -XEN_EFAULT, "answer to an address of the hypervisor's");
    check.equal(grant_op(command, nullptr, 0x8000'0000), -XEN_EINVAL, "answer to 2^31 elements");
  }
  check.equal(grant_op(13, nullptr, 0), -XEN_ENOSYS, "answer to operation 13");
}

// Every operation with structures of odd words.
void every_argument() {
  Check check{"every_argument"};
  constexpr u32 nonsense[] = {0, 1, 20, 511, 0x7ff0, 0x8000, 0x7fff'ffff, 0x8000'0000, 0xffff'fff0, 0xffff'ffff};
  u64 longest = 0;
  for (u32 command = 0; command <= 13; ++command)
    for (u32 first : nonsense)
      for (u32 second : nonsense)
        for (u32 count : {1u, 3u}) {
          if (command == GNTTABOP_dump_table) continue;  // fills the console
          u32 words[64];
          for (u32 n = 0; n < 64; ++n) words[n] = n & 1 ? second : first;
          u64 start = system_time();
          long answer = grant_op(command, words, count);
          longest = std::max(longest, system_time() - start);
          bool is_known = answer == 0 || answer == -XEN_EINVAL || answer == -XEN_EFAULT || answer == -XEN_ENOSYS ||
                          answer == -XEN_EPERM || answer == -XEN_EOPNOTSUPP || answer == -XEN_ESRCH || answer == -XEN_EBUSY ||
                          answer == -XEN_ENOMEM;
          check.expect(is_known, "operation {} with {:#x}, {:#x} answers {}", command, first, second, answer);
        }
  gnttab_set_version back{1};
  check.equal(grant_op(GNTTABOP_set_version, &back), 0, "answer to version 1");
  note("the longest took {} us", longest / 1000);
}

// ---- The second vCPU.
enum class Job : u32 { rest, map_and_write, copy, unmap, finish };
std::atomic<Job> job{Job::rest};
std::atomic<u64> done{0}, succeeded{0};
std::atomic<u32> handle_to_unmap{~0u};
std::atomic<u32> unmapped_by_second{0};

std::atomic<i32> last_map{1}, last_unmap{1};  // statuses of the second vCPU's
std::atomic<u32> step{0};

void write_through_mapping() {
  step = 1;
  gnttab_map_grant_ref request = map(reference, second_mapped);
  last_map = request.status;
  step = 2;
  if (request.status != GNTST_okay) return;
  succeeded.fetch_add(1);
  for (u64 n = 0; n < page_size; n += 512) *reinterpret_cast<volatile u64*>(second_mapped.bytes + n) = ~u64{0};
  step = 3;
  last_unmap = unmap(request.handle, second_mapped);
  step = 4;
}

void unmap_if_there() {
  u32 handle = handle_to_unmap.exchange(~0u);
  if (handle == ~0u) return pause();  // Bochs: nothing but the exits of a loop of PAUSEs interrupts who has interrupts off
  if (unmap(handle, mapped) == GNTST_okay) unmapped_by_second.fetch_add(1);
  succeeded.fetch_add(1);
}

void assistant() {
  for (;;) {
    switch (job.load()) {
      case Job::finish: done = ~u64{0}; return;
      case Job::rest: pause(); break;
      case Job::map_and_write: write_through_mapping(); break;
      case Job::copy: succeeded.fetch_add(copy(copied) == GNTST_okay); break;
      case Job::unmap: unmap_if_there(); break;
    }
    done.fetch_add(1);
  }
}

// When it returns, the other vCPU is at the new job and has left the old.
void set_job(Job next) {
  job = next;
  u64 now = done;
  wait_for(patience, [&] { return done > now + 2; });
}

// When ending access succeeds nobody writes to the page any more, whatever the other vCPU has in its TLB.
void revocation() {
  Check check{"revocation"};
  set_job(Job::map_and_write);
  succeeded = 0;
  constexpr u32 rounds = 300;
  for (u32 round = 0; round < rounds; ++round) {
    grant(reference, granted, GTF_permit_access);
    u64 before = succeeded;
    wait_for(milliseconds(50), [&] { return succeeded > before; });
    bool ended = wait_for(patience, [] { return end_grant(reference); });
    if (!check.expect(ended, "access cannot be ended in round {}; the other vCPU is at step {}, map {}, unmap {}", round, step.load(),
                      last_map.load(), last_unmap.load()))
      return set_job(Job::rest);
    std::memset(granted.bytes, 0x33, page_size);
    delay(microseconds(20));
    for (u8 byte : granted.bytes)
      if (!check.equal(byte, u8{0x33}, "a byte of the page after access was ended")) return set_job(Job::rest);
  }
  check.expect(succeeded > rounds / 4, "only {} mappings were made", succeeded.load());
  note("{} mappings in {} rounds", succeeded.load(), rounds);
  set_job(Job::rest);
}

// A mapping is unmapped by one of two vCPUs that try.
void unmapping_twice() {
  Check check{"unmap_twice"};
  grant(reference, granted, GTF_permit_access);
  set_job(Job::unmap);
  succeeded = 0;
  u32 by_first = 0;
  constexpr u32 rounds = 500;
  for (u32 round = 1; round <= rounds; ++round) {
    gnttab_map_grant_ref request = map(reference, mapped);
    if (!check.equal(request.status, GNTST_okay, "status of map")) break;
    handle_to_unmap = request.handle;
    by_first += unmap(request.handle, mapped) == GNTST_okay;
    check.expect(wait_for(patience, [&] { return succeeded == round; }), "the other vCPU does not answer");
    if (!check.equal(by_first + unmapped_by_second, round, "mappings unmapped")) break;
  }
  note("{} by the first vCPU, {} by the second", by_first, unmapped_by_second.load());
  set_job(Job::rest);
  check.expect(end_grant(reference), "the grant stays in use");
}

// The version changes back and forth while the other vCPU copies.
void version_against_copy() {
  Check check{"version_against_copy"};
  set_job(Job::copy);
  succeeded = 0;
  u32 changes = 0, busy = 0;
  for (u32 round = 0; round < 300; ++round) {
    gnttab_set_version request{1 + (round + 1) % 2};
    long answer = grant_op(GNTTABOP_set_version, &request);
    check.expect(answer == 0 || answer == -XEN_EBUSY, "answer {}", answer);
    answer ? ++busy : ++changes;
    if (request.version == 1) {
      grant(copied, granted, GTF_permit_access);
    } else {
      auto& wide = table[0].as<grant_entry_v2_t>()[copied];
      wide.full_page.hdr.domid = 0;
      wide.full_page.frame = granted.frame();
      std::atomic_ref<u16>{wide.hdr.flags}.store(GTF_permit_access);
    }
    u64 before = succeeded;
    wait_for(milliseconds(5), [&] { return succeeded > before; });
  }
  check.expect(succeeded > 0 && changes > 10, "{} copies and {} changes", succeeded.load(), changes);
  note("{} changes, {} times busy, {} copies", changes, busy, succeeded.load());
  set_job(Job::rest);
  gnttab_set_version back{1};
  check.equal(grant_op(GNTTABOP_set_version, &back), 0, "answer to version 1");
}

// The whole table, down to its last reference.
void every_frame() {
  Check check{"every_frame"};
  gnttab_query_size size{};
  size.dom = DOMID_SELF;
  grant_op(GNTTABOP_query_size, &size);
  u32 frames = std::min(size.max_nr_frames, most_frames);
  static xen_pfn_t list[most_frames];
  gnttab_setup_table setup{};
  setup.dom = DOMID_SELF;
  setup.nr_frames = frames;
  set_xen_guest_handle(setup.frame_list, list);
  u64 start = system_time();
  check.equal(grant_op(GNTTABOP_setup_table, &setup), 0, "answer to setup_table");
  check.equal(setup.status, GNTST_okay, "its status");
  note("{} frames in {} us", frames, (system_time() - start) / 1000);
  for (u32 n = 0; n < frames; ++n) check.equal(put_table(n, table[n]), 0, "answer to add_to_physmap");
  constexpr u32 per_frame = page_size / sizeof(grant_entry_v1_t);
  auto& last = table[frames - 1].as<grant_entry_v1_t>()[per_frame - 1];
  last.frame = static_cast<u32>(granted.frame());
  last.domid = 0;
  std::atomic_ref<u16>{last.flags}.store(GTF_permit_access);
  gnttab_map_grant_ref request = map(frames * per_frame - 1, mapped);
  check.equal(request.status, GNTST_okay, "status of mapping the last reference");
  check.equal(unmap(request.handle, mapped), GNTST_okay, "status of unmapping it");
  check.equal(map(frames * per_frame, mapped).status, GNTST_bad_gntref, "status of the reference behind it");
  start = system_time();
  gnttab_set_version version{2};
  check.equal(grant_op(GNTTABOP_set_version, &version), 0, "answer to version 2");
  note("change of version with {} frames in {} us", frames, (system_time() - start) / 1000);
  version.version = 1;
  check.equal(grant_op(GNTTABOP_set_version, &version), 0, "answer to version 1");
}

}  // namespace

void test_main() {
  if (long answer = put_table(0, table[0])) fail("no grant table: {}", answer);
  table_of_refusals();
  every_argument();
  if (cpu_count() > 1 && start_cpu(1, assistant)) {
    revocation();
    unmapping_twice();
    version_against_copy();
    set_job(Job::finish);
  } else {
    Check{"revocation"}.skip("one vCPU");
  }
  every_frame();
}

}  // namespace xenolith::guest
