// SPDX-License-Identifier: MIT
// For tests of grants and memory operations: domains that make hypercalls with structures of the test's own.
#pragma once

#include <arch/fake.hpp>

#include <cstring>
#include <initializer_list>

#include "core/grants/grant_operations.hpp"
#include "core/grants/grant_table.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory_operations/memory_operations.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/quiescent.hpp"

namespace xenolith::test {

using GuestWord32 [[gnu::may_alias]] = u32;
using GuestWord64 [[gnu::may_alias]] = u64;

// Makes every handler that asks think that it has to stop.
class Preempting {
 public:
  Preempting() { raise_work(arch::this_cpu(), Work::console); }
  ~Preempting() { pending_work[arch::this_cpu().raw()].bits = 0; }
};

// All of the test program's memory, but for the first page, is the guest's to name.
inline void open_guest_memory() {
  static fake::GuestRange everything{reinterpret_cast<void*>(page_size), size_t{1} << 47};
}

// Makes a hypercall, again as long as it asks for that; counts how often it did.
inline i64 call(HypercallHandler handler, Vcpu& caller, u64 command, const void* argument, u64 count,
                unsigned* repeats = nullptr) {
  open_guest_memory();
  HypercallArguments arguments{{command, reinterpret_cast<u64>(argument), count}};
  for (;;) {
    HypercallOutcome outcome = handler(caller, arguments);
    if (outcome.is_done()) return outcome.value();
    arguments = outcome.arguments();
    if (repeats) ++*repeats;
  }
}

// A domain with `pages` pages of RAM from guest frame 0 on.
class Guest {
 public:
  using Options = fake::TestDomain::Options;
  static constexpr unsigned pages = 8;

  explicit Guest(u16 id, Options options = {}) : domain{id, options}, id_{id} {
    for (unsigned i = 0; i < pages; ++i) memory[i] = domain.populate(Gfn{i});
  }

  i64 grant_op(u32 command, void* argument, u32 count = 1, unsigned* repeats = nullptr) {
    return call(grant_table_op, domain.vcpu(), command, argument, count, repeats);
  }
  i64 memory_op(u32 command, void* argument, unsigned* repeats = nullptr) {
    return call(xenolith::memory_op, domain.vcpu(), command, argument, 0, repeats);
  }

  GrantTable& table() { return domain->grants(); }
  grant_entry_v1_t* v1() { return shared_page<grant_entry_v1_t>(); }
  grant_entry_v2_t* v2() { return shared_page<grant_entry_v2_t>(); }
  grant_status_t* statuses() {
    return static_cast<grant_status_t*>(arch::heap_address(table().status_frame(0).take()));
  }

  // Each entry as one word, or its header last: the hypervisor may look at the same moment.
  void grant_v1(u32 ref, u16 to, u32 gfn, u16 flags = GTF_permit_access) {
    __atomic_store_n(reinterpret_cast<GuestWord64*>(&v1()[ref]), u64{gfn} << 32 | u32{to} << 16 | flags, __ATOMIC_SEQ_CST);
  }
  void grant_v2(u32 ref, u16 to, u64 gfn, u16 flags = GTF_permit_access) {
    auto* words = reinterpret_cast<GuestWord32*>(&v2()[ref]);
    __atomic_store_n(words + 1, 0u, __ATOMIC_RELAXED);
    __atomic_store_n(reinterpret_cast<GuestWord64*>(words + 2), gfn, __ATOMIC_RELAXED);
    __atomic_store_n(words, u32{to} << 16 | flags, __ATOMIC_SEQ_CST);
  }
  i64 set_version(u32 version) {
    gnttab_set_version_t operation{version};
    return grant_op(GNTTABOP_set_version, &operation);
  }

  gnttab_map_grant_ref_t map(u16 granter, u32 ref, u64 gfn, u32 flags = GNTMAP_host_map) {
    gnttab_map_grant_ref_t operation{};
    operation.host_addr = gfn << page_shift;
    operation.flags = flags;
    operation.ref = ref;
    operation.dom = granter;
    grant_op(GNTTABOP_map_grant_ref, &operation);
    return operation;
  }
  i16 unmap(u32 handle, u64 gfn) {
    gnttab_unmap_grant_ref_t operation{gfn << page_shift, 0, handle, 0};
    grant_op(GNTTABOP_unmap_grant_ref, &operation);
    return operation.status;
  }
  u16 id() const { return id_; }

  fake::TestDomain domain;
  std::byte* memory[pages];

 private:
  template <class T>
  T* shared_page() {
    return static_cast<T*>(arch::heap_address(table().shared_frame(0).take()));
  }
  u16 id_;
};

// What must be as before when all guests of a test are gone.
class LeakCheck {
 public:
  LeakCheck() {
    { fake::TestDomain first{500}; }  // the table of domains allocates on first use, for good
    settle();
    heap_ = fake::heap_in_use();
    frames_ = FrameAllocator::free_frames();
  }
  bool is_clean() {
    settle();
    return heap_ == fake::heap_in_use() && frames_ == FrameAllocator::free_frames();
  }
  static void settle() {
    for (unsigned i = 0; i < 4; ++i) quiescent::pass();
  }

 private:
  size_t heap_;
  u64 frames_;
};

}  // namespace xenolith::test
