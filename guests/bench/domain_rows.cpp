// SPDX-License-Identifier: MIT
// Rows: domains: made, listed and destroyed beside few and many others; events to and grants of another domain.
#include "guests/bench/child.hpp"
#include "guests/bench/other_domain.hpp"
#include "guests/bench/row.hpp"
#include "guests/framework/events.hpp"

namespace xenolith::guest::bench {
namespace {

constexpr u32 most_domains = 1000, at_a_time = 10;

constinit domid_t others[most_domains];
constinit u32 others_made = 0;

domid_t create_or_fail() {
  const long domain = create_domain();
  if (domain < 0) fail("domain number {} cannot be made: {}", others_made, domain);
  return static_cast<domid_t>(domain);
}

struct ScaleNames {
  std::string_view create, destroy, list;
};

void rows_at_this_scale(const ScaleNames& names) {
  static domid_t made[at_a_time];
  repeat(names.list, 20, [] { list_domains(); });
  if (!selected(names.create) && !selected(names.destroy)) return;
  destroy_domain(create_or_fail());
  const u32 count = iterations(at_a_time);
  settle();
  measure(names.create, count, [](u32 i) { made[i] = create_or_fail(); });
  measure(names.destroy, count, [](u32 i) { destroy_domain(made[i]); });
}

void make_others(u32 wanted) {
  for (; others_made < wanted; ++others_made) others[others_made] = create_or_fail();
}

bool scale_selected(const ScaleNames& names) { return selected(names.create) || selected(names.destroy) || selected(names.list); }

void scale_rows() {
  constexpr ScaleNames few{"domain_create", "domain_destroy", "domain_list"},
      hundred{"domain_create_100", "domain_destroy_100", "domain_list_100"},
      thousand{"domain_create_1000", "domain_destroy_1000", "domain_list_1000"};
  if (!scale_selected(few) && !scale_selected(hundred) && !scale_selected(thousand)) return;
  make_others(1);
  rows_at_this_scale(few);
  const u64 before = free_pages();
  if (scale_selected(hundred) && domain_limit() >= 100) {
    make_others(100);
    tell_value("bytes_per_domain", (before - free_pages()) * page_size / 99);
    rows_at_this_scale(hundred);
  }
  if (scale_selected(thousand) && domain_limit() >= most_domains) {
    make_others(most_domains);
    rows_at_this_scale(thousand);
  }
  while (others_made) destroy_domain(others[--others_made]);
}

// A child in a role, and the channel to it.
struct Child {
  domid_t domain;
  u32 port;
};

Child start(std::string_view role) {
  const domid_t domain = create_or_fail();
  u32 remote = 0;
  const long port = connect_channel(domain, &remote);
  if (port < 0) fail("no channel to the child: {}", port);
  char line[40];
  const FormatArgument arguments[] = {FormatArgument{role}, FormatArgument{remote}};
  const size_t length = format_to(line, "{} {}", arguments);
  const u32 before = events::count(static_cast<u32>(port));
  events::unmask(static_cast<u32>(port));
  if (long answer = start_child(domain, {line, length})) fail("the child does not start: {}", answer);
  enable_interrupts();
  if (!wait_for(seconds(2), [=] { return sched_op(SCHEDOP_yield, nullptr), events::count(static_cast<u32>(port)) != before; }))
    fail("the child says nothing");
  disable_interrupts();
  return {domain, static_cast<u32>(port)};
}

void event_rows(const Child& child) {
  enable_interrupts();
  repeat("event_round_trip_domain", 300, [&] {
    const u32 before = events::count(child.port);
    events::send(child.port);
    disable_interrupts();
    while (events::count(child.port) == before) enable_and_halt();
    enable_interrupts();
  });
  disable_interrupts();
}

void end(const Child& child) {
  events::close(child.port);
  destroy_domain(child.domain);
}

// Both yield in turn: two switches for each of dom0's.
void switch_rows() {
  if (!selected("context_switch_two")) return;
  const Child child = start("yield");
  repeat("context_switch_two", 500, [] { sched_op(SCHEDOP_yield, nullptr); });
  end(child);
}

}  // namespace

void domain_rows() {
  tell_value("free_bytes", free_pages() * page_size);
  scale_rows();
  switch_rows();
  if (!selected("event_round_trip_domain") && !selected("grant_map") && !selected("grant_unmap") && !selected("grant_copy")) return;
  const Child child = start("answer");
  event_rows(child);
  grant_rows(child.domain);
  end(child);
}

}  // namespace xenolith::guest::bench
