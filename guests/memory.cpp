// SPDX-License-Identifier: MIT
// Memory operations on the domain's own memory: giving pages back and getting them again, mapping Xen's pages.
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

Page page, other_page;

long pages_held() {
  domid_t self = DOMID_SELF;
  return memory_op(XENMEM_current_reservation, &self);
}

xen_memory_reservation reservation_of(xen_pfn_t* frames, u64 count) {
  xen_memory_reservation request{};
  set_xen_guest_handle(request.extent_start, frames);
  request.nr_extents = count;
  request.domid = DOMID_SELF;
  return request;
}

// dom0's guest frame is the machine frame, also after a page went and came back.
void give_and_take() {
  Check check{"decrease_and_populate"};
  long held = pages_held();
  xen_pfn_t frame = page.frame();
  xen_memory_reservation request = reservation_of(&frame, 1);
  check.equal(memory_op(XENMEM_decrease_reservation, &request), 1, "answer to decrease_reservation");
  check.equal(pages_held(), held - 1, "pages after it");
  check.equal(memory_op(XENMEM_decrease_reservation, &request), 0, "answer for a page that is gone");
  frame = page.frame();
  check.equal(memory_op(XENMEM_populate_physmap, &request), 1, "answer to populate_physmap");
  check.equal(pages_held(), held, "pages after it");
  page.bytes[5] = 0x55;
  check.equal(*static_cast<volatile u8*>(&page.bytes[5]), u8{0x55}, "what was written");
}

void wrong_arguments() {
  Check check{"wrong_arguments"};
  xen_pfn_t frame = u64{1} << 50;
  xen_memory_reservation request = reservation_of(&frame, 1);
  check.equal(memory_op(XENMEM_decrease_reservation, &request), 0, "decrease of a frame that cannot be");
  request.extent_order = 60;
  check.expect(memory_op(XENMEM_populate_physmap, &request) <= 0, "populate takes order 60");
  request.extent_order = 0;
  request.nr_extents = ~u64{0};
  check.expect(memory_op(XENMEM_decrease_reservation, &request) <= 0, "decrease takes 2^64-1 extents");
  check.equal(memory_op(63, nullptr), -XEN_ENOSYS, "an unknown sub-operation");
}

void move_shared_info() {
  Check check{"add_to_physmap"};
  u64 before = shared_page().vcpu_info[0].time.tsc_to_system_mul;
  xen_add_to_physmap request{.domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_shared_info, .idx = 0, .gpfn = other_page.frame()};
  check.equal(memory_op(XENMEM_add_to_physmap, &request), 0, "answer");
  check.equal(u64{other_page.as<shared_info>()->vcpu_info[0].time.tsc_to_system_mul}, before, "contents of the new place");
  map_shared_info();
  check.equal(u64{shared_page().vcpu_info[0].time.tsc_to_system_mul}, before, "contents of the old place, moved back");
  request.space = 77;
  check.expect(memory_op(XENMEM_add_to_physmap, &request) < 0, "space 77 is taken");
  request.space = XENMAPSPACE_shared_info;
  request.idx = 1;
  check.equal(memory_op(XENMEM_add_to_physmap, &request), -XEN_EINVAL, "answer for index 1");
}

void remove() {
  Check check{"remove_from_physmap"};
  static Page victim;
  long held = pages_held();
  xen_remove_from_physmap request{.domid = DOMID_SELF, .gpfn = victim.frame()};
  check.equal(memory_op(XENMEM_remove_from_physmap, &request), 0, "answer");
  check.expect(memory_op(XENMEM_remove_from_physmap, &request) < 0, "it can be removed twice");
  note("a page removed from the physmap: {} pages before, {} after", held, pages_held());
}

void numbers() {
  Check check{"numbers"};
  long top = memory_op(XENMEM_maximum_ram_page, nullptr);
  check.expect(top > 0x1000 && top < (1l << 40), "highest frame {:#x}", top);
  domid_t self = DOMID_SELF;
  long held = pages_held(), most = memory_op(XENMEM_maximum_reservation, &self);
  check.expect(held > 0x1000, "{} pages", held);
  check.expect(most >= held, "at most {} pages, and it has {}", most, held);
  long highest = memory_op(XENMEM_maximum_gpfn, &self);
  check.expect(highest >= static_cast<long>(page.frame()), "highest guest frame {:#x}", highest);
}

}  // namespace

void test_main() {
  give_and_take();
  wrong_arguments();
  move_shared_info();
  remove();
  numbers();
}

}  // namespace xenolith::guest
