// SPDX-License-Identifier: MIT
// The guest that the benchmark's dom0 builds. Its command line is a role and the port of its channel to dom0:
//   answer PORT    grants pages, sends an event, then answers each event with one
//   yield PORT     sends an event, then yields for ever
#include "guests/bench/child.hpp"
#include "guests/framework/events.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

using bench::first_granted, bench::granted_pages;

Page table, granted[granted_pages];

u32 last_number(std::string_view text) {
  u32 value = 0;
  for (char letter : text)
    if (letter >= '0' && letter <= '9') value = value * 10 + static_cast<u32>(letter - '0');
  return value;
}

void grant_pages() {
  gnttab_setup_table setup{};
  static xen_pfn_t frames[1];
  setup.dom = DOMID_SELF;
  setup.nr_frames = 1;
  set_xen_guest_handle(setup.frame_list, frames);
  grant_op(GNTTABOP_setup_table, &setup);
  xen_add_to_physmap request{.domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_grant_table, .idx = 0, .gpfn = table.frame()};
  memory_op(XENMEM_add_to_physmap, &request);
  for (u32 i = 0; i < granted_pages; ++i) {
    grant_entry_v1_t& entry = table.as<grant_entry_v1_t>()[first_granted + i];
    entry.domid = 0;
    entry.frame = static_cast<u32>(granted[i].frame());
    std::atomic_ref<u16>{entry.flags}.store(GTF_permit_access, std::memory_order_release);  // pairs with the hypervisor's read
  }
}

[[noreturn]] void answer(u32 port) {
  grant_pages();
  events::enable_upcalls();
  events::unmask(port);
  u32 answered = events::count(port);
  for (events::send(port);; enable_and_halt()) {
    if (events::count(port) == answered) continue;
    answered = events::count(port);
    events::send(port);
  }
}

[[noreturn]] void yield(u32 port) {
  for (events::send(port);;) sched_op(SCHEDOP_yield, nullptr);
}

}  // namespace

void test_main() {
  const u32 port = last_number(command_line());
  if (command_line().starts_with("answer")) answer(port);
  yield(port);
}

}  // namespace xenolith::guest
