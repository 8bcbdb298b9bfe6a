// SPDX-License-Identifier: MIT
// A guest that misuses what it shares with others, as the first word of its command line says, and that sleeps or goes on
// with it for ever after having said "done: WORD". For tests that watch everybody else: tests/system/test_hostile_guests.py.
//   flood          changes nodes as fast as it can, and takes no answers in between
//   nodes          makes nodes until it may not
//   size           writes values until one is too long
//   watches        sets watches, wild ones too, until it may not; then causes events and does not take them
//   transactions   leaves open as many transactions as it may, with changes in each
//   half           sends half a request
//   length         announces a request of 4 GiB
//   indices        writes impossible indices into xenstore's ring, again and again
//   console        writes impossible indices into the console's ring, again and again
//   chatter        writes to its console as fast as it can
//   unmap          gives back the pages of both rings while they are in use
//   grants         fills its grant table with nonsense and takes it away
//   ports          closes the event channels of both rings, and all others
//   midway         ends in the middle of a request
// Small enough for a domain of 4 MiB.
#include "guests/framework/console_ring.hpp"
#include "guests/framework/events.hpp"
#include "guests/framework/store_ring.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

// A number in front of text, both with their '\0': as large as the paths and the values here.
class Words {
 public:
  Words& add(std::string_view text) {
    for (char c : text)
      if (size_ < sizeof text_) text_[size_++] = c;
    return *this;
  }
  Words& add(u32 number) {
    char digits[10];
    size_t count = 0;
    do digits[count++] = static_cast<char>('0' + number % 10);
    while (number /= 10);
    while (count) add(std::string_view{&digits[--count], 1});
    return *this;
  }
  Words& end() { return add({"", 1}); }
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[4096];
  size_t size_ = 0;
};

[[noreturn]] void sleep_on() {
  for (;;) enable_and_halt();
}

void flood() {
  StoreRing store;
  for (u32 i = 0;; ++i) {
    Words body;
    body.add("data/").add(i % 500).end().add(i);
    if (!store.send(XS_WRITE, 0, body.text())) store.page().rsp_cons = store.page().rsp_prod;
    if (i == 100) note("done: flood");
  }
}

void nodes() {
  StoreRing store;
  u32 made = 0;
  Words body;
  do body = Words().add("data/").add(made / 50).add("/").add(made).end().add("x");
  while (store.ask(XS_WRITE, 0, body.text()) && ++made < 5000);
  note("hostile: {} after {} nodes", store.error(), made);
}

void size() {
  StoreRing store;
  static constexpr char bytes[3000] = {};
  u32 length = 1000;
  Words body;
  do body = Words().add("data/long").end().add({bytes, length});
  while (store.ask(XS_WRITE, 0, body.text()) && (length += 100) < sizeof bytes);
  note("hostile: {} at {} bytes", store.error(), length);
}

void watches() {
  StoreRing store;
  constexpr std::string_view wild[] = {"@introduceDomain", "@releaseDomain", "/", "/local", "/vm", "data", "/tool/../x", "@x", ""};
  u32 set = 0, refused = 0;
  for (auto path : wild) store.ask(XS_WATCH, 0, Words().add(path).end().add("wild").end().text()) ? ++set : ++refused;
  while (set < 1000 && store.ask(XS_WATCH, 0, Words().add("data").end().add(set).end().text())) ++set;
  note("hostile: {} after {} watches, {} refused", store.error(), set, refused);
  note("done: watches");
  for (u32 i = 0;; ++i) store.send(XS_WRITE, 0, Words().add("data").end().add(i).text());
}

void transactions() {
  StoreRing store;
  u32 open = 0;
  while (u32 number = store.begin()) {
    store.ask(XS_WRITE, number, Words().add("data/of").add(number).end().add("x").text());
    if (++open == 100) break;
  }
  note("hostile: {} after {} transactions", store.error(), open);
}

void half() {
  StoreRing store;
  xsd_sockmsg header{.type = XS_WRITE, .req_id = 1, .tx_id = 0, .len = 100};
  store.put(&header, sizeof header / 2);
}

void length() {
  StoreRing store;
  xsd_sockmsg header{.type = XS_WRITE, .req_id = 1, .tx_id = 0, .len = ~0u};
  store.put(&header, sizeof header);
}

[[noreturn]] void indices() {
  StoreRing store;
  xenstore_domain_interface& page = store.page();
  note("done: indices");
  for (u32 i = 1;; ++i) {
    page.req_prod = i * 0x9e3779b9u;
    page.req_cons = i << 12;
    page.rsp_cons = ~page.rsp_prod * i;
    page.connection = i % 4;
    page.error = i;
    store.ring().notify();
  }
}

[[noreturn]] void console_indices() {
  ConsoleRing console;
  xencons_interface& page = console.page();
  note("done: console");
  for (u32 i = 1;; ++i) {
    page.out_prod = i * 0x9e3779b9u;
    page.out_cons = i << 12;
    page.in_cons = page.in_prod - i * 4096;
    console.ring().notify();
  }
}

[[noreturn]] void chatter() {
  ConsoleRing console;
  note("done: chatter");
  for (;;) console.write("All work and no play makes this a dull guest. ");
}

void give_back(u64 frame) {
  xen_remove_from_physmap request{.domid = DOMID_SELF, .gpfn = frame};
  long removed = memory_op(XENMEM_remove_from_physmap, &request);
  note("hostile: frame {:#x} removed: {}", frame, removed);
}

void unmap() {
  StoreRing store;
  ConsoleRing console;
  store.send(XS_DIRECTORY, 0, {"data", 5});
  console.write("the last words\n");
  give_back(store.ring().frame());
  give_back(console.ring().frame());
  store.ring().notify();
  console.ring().notify();
}

void grants() {
  static Page table;
  xen_add_to_physmap request{.domid = DOMID_SELF, .size = 0, .space = XENMAPSPACE_grant_table, .idx = 0, .gpfn = table.frame()};
  note("hostile: table mapped: {}", memory_op(XENMEM_add_to_physmap, &request));
  auto* entries = table.as<volatile grant_entry_v1_t>();
  for (u32 round = 0; round < 100; ++round)
    for (u32 i = 0; i < page_size / sizeof(grant_entry_v1_t); ++i) {
      entries[i].domid = static_cast<u16>(i * round);
      entries[i].frame = i * 0x9e3779b9u;
      entries[i].flags = static_cast<u16>(round * 7 + i);
    }
  gnttab_set_version version{.version = 2};
  note("hostile: version 2: {}", grant_op(GNTTABOP_set_version, &version));
  give_back(table.frame());
}

void ports() {
  for (u32 port = 0; port < 64; ++port) events::close(port);
  evtchn_reset reset{.dom = DOMID_SELF};
  note("hostile: reset: {}", event_op(EVTCHNOP_reset, &reset));
  for (u32 port = 0; port < 64; ++port) events::send(port);
}

[[noreturn]] void midway() {
  StoreRing store;
  xsd_sockmsg header{.type = XS_WRITE, .req_id = 1, .tx_id = store.begin(), .len = 100};
  store.put(&header, sizeof header);
  store.put("data/", 5);
  note("done: midway");
  sched_shutdown request{.reason = SHUTDOWN_poweroff};
  sched_op(SCHEDOP_shutdown, &request);
  sleep_on();
}

constexpr struct {
  std::string_view word;
  void (*act)();
} acts[] = {{"flood", flood}, {"nodes", nodes}, {"size", size}, {"watches", watches}, {"transactions", transactions},
            {"half", half}, {"length", length}, {"indices", indices}, {"console", console_indices}, {"chatter", chatter},
            {"unmap", unmap}, {"grants", grants}, {"ports", ports}, {"midway", midway}};

std::string_view first_word() {
  std::string_view line = command_line();
  return line.substr(0, line.find(' '));
}

}  // namespace

void test_main() {
  std::string_view word = first_word();
  for (auto& [known, act] : acts)
    if (word == known) {
      act();
      note("done: {}", word);
      sleep_on();
    }
  Check check{"hostile"};
  check.skip("it acts on the words that tests of guests give it");
}

}  // namespace xenolith::guest
