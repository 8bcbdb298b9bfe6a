// SPDX-License-Identifier: MIT
// The time stamp counters of other domains: builds domains with frequencies and modes of their own (XEN_DOMCTL_settscinfo), and compares what
// they read with the time that passes here.
#include "guests/bench/child_start.hpp"
#include "guests/framework/events.hpp"
#include "guests/framework/test.hpp"
#include "guests/tsc/child.hpp"

namespace xenolith::guest {
namespace {

using bench::domctl, tsc::Report;

constexpr u32 usual = 0, always_emulate = 1, never_emulate = 2;
constexpr u32 is_emulated = 1;  // of CPUID's flags

u32 host_khz() { return cpuid(xen_leaves() + 3, 2).eax; }

long set_tsc(domid_t domain, u32 mode, u32 khz, u32 incarnation = 0) {
  xen_domctl request{};
  request.u.tsc_info = {.tsc_mode = mode, .gtsc_khz = khz, .incarnation = incarnation, .pad = 0, .elapsed_nsec = 0};
  return domctl(XEN_DOMCTL_settscinfo, domain, request);
}
xen_domctl_tsc_info get_tsc(domid_t domain) {
  xen_domctl request{};
  if (long answer = domctl(XEN_DOMCTL_gettscinfo, domain, request)) fail("gettscinfo: {}", answer);
  return request.u.tsc_info;
}

domid_t make_domain() {
  const long domain = bench::create_domain();
  if (domain < 0) fail("no domain can be made: {}", domain);
  return static_cast<domid_t>(domain);
}

// A domain that reports, and the channel to it.
class Child {
 public:
  explicit Child(domid_t domain) : domain_{domain} {
    u32 remote = 0;
    const long port = bench::connect_channel(domain, &remote);
    if (port < 0) fail("no channel to the child: {}", port);
    port_ = static_cast<u32>(port);
    char line[20];
    const FormatArgument arguments[] = {FormatArgument{remote}};
    const size_t length = format_to(line, "{}", arguments);
    events::clear_pending(port_);  // it is pending from the start (xen/event_channel.h, EVTCHNOP_bind_interdomain)
    const u32 before = events::count(port_);
    events::unmask(port_);
    if (long answer = bench::start_child(domain, {line, length})) fail("the child does not start: {}", answer);
    if (!events::wait_for_count(port_, before + 1)) fail("the child says nothing");
  }
  ~Child() { bench::destroy_domain(domain_); }

  Report report() {
    const u32 before = events::count(port_);
    events::send(port_);
    wait_for(4 * patience, [&] { return events::wait_for_count(port_, before + 1); });
    Report found{};
    if (long answer = bench::read(domain_, tsc::report_address, &found, sizeof found)) fail("its memory cannot be read: {}", answer);
    if (found.number != ++reports_) fail("report {} instead of {}", found.number, reports_);
    return found;
  }

 private:
  domid_t domain_;
  u32 port_ = 0;
  u64 reports_ = 0;
};

struct Case {
  std::string_view name;
  u32 mode, khz;       // as asked for
  u32 expected_khz;
  bool may_be_emulated, must_be_emulated;
};

bool check_leaf(Check& check, const Case& wanted, const Report& report) {
  check.equal(report.mode, wanted.mode, "mode in CPUID");
  check.equal(report.khz, wanted.expected_khz, "frequency in CPUID");
  check.equal(report.host_khz, host_khz(), "the host's frequency in CPUID");
  check.equal(report.incarnation, 8u, "incarnation in CPUID");
  const bool emulated = report.flags & is_emulated;
  if (emulated) check.expect(wanted.may_be_emulated, "it is emulated");
  return check.expect(emulated || !wanted.must_be_emulated, "it is not emulated");
}

// All ways to read agree: one after the other, and no further apart than the time that passed.
void check_reads(Check& check, const Report& report) {
  const u64 passed = (report.time_after - report.time_before) * report.khz / 1'000'000 + 10'000;
  check.expect(report.rdtscp >= report.rdtsc && report.rdtscp - report.rdtsc < passed, "RDTSCP is {}, RDTSC was {}", report.rdtscp,
               report.rdtsc);
  check.expect(report.rdmsr >= report.rdtscp && report.rdmsr - report.rdtscp < passed, "RDMSR is {}, RDTSCP was {}", report.rdmsr,
               report.rdtscp);
  check.equal(report.aux, tsc::aux_value, "TSC_AUX by RDTSCP");
}

// The child's clock is ours, which its counter takes part in; and the counter has the frequency.
void check_rate(Check& check, const Case& wanted, Child& child) {
  const u64 start = system_time();
  const Report first = child.report();
  const u64 middle = system_time();
  check.expect(first.time_before >= start && first.time_after <= middle, "its time is {}, not within {} and {}", first.time_before, start,
               middle);
  if (!check_leaf(check, wanted, first)) return;
  check_reads(check, first);
  delay(milliseconds(60));
  const Report second = child.report();
  check.expect(second.time_after <= system_time(), "its time is {} in our future", second.time_after - system_time());
  const u64 ticks = second.rdtsc - first.rdtsc, most = second.time_after - first.time_before, least = second.time_before - first.time_after;
  const u64 khz = wanted.expected_khz, slack = 1000;
  check.expect(ticks * 1000 <= most * khz / 1'000'000 * (1000 + 10) + slack * 1000, "{} ticks in {} ns at most: too many", ticks, most);
  check.expect(ticks * 1000 + slack * 1000 >= least * khz / 1'000'000 * (1000 - 10), "{} ticks in {} ns at least: too few", ticks, least);
  note("{} ticks in {} to {} ns, {}", ticks, least, most, first.flags & is_emulated ? "by exits" : "by the processor");
}

void check_deadline(Check& check, Child& child) {
  const Report report = child.report();
  check.expect(report.deadline_after >= tsc::deadline_ns - tsc::deadline_ns / 1000, "the deadline timer fires after {} of 10000000 ns",
               report.deadline_after);
}

void check_write(Check& check, const Case& wanted, Child& child) {
  const Report report = child.report();
  const u64 passed = report.time_moved * wanted.expected_khz / 1'000'000 + 10'000;
  check.expect(report.read_back >= report.written && report.read_back <= report.written + passed, "after writing {} it reads {}, in {} ns",
               report.written, report.read_back, report.time_moved);
  check.expect(report.time_moved < patience, "its clock moves {} ns when the counter is written", report.time_moved);
}

void run_case(const Case& wanted) {
  Check check{wanted.name};
  const domid_t domain = make_domain();
  check.equal(get_tsc(domain).incarnation, 1u, "incarnation of a new domain");
  check.equal(set_tsc(domain, wanted.mode, wanted.khz, 7), 0, "answer");
  const xen_domctl_tsc_info info = get_tsc(domain);
  check.equal(info.tsc_mode, wanted.mode, "mode");
  check.equal(info.incarnation, 8u, "incarnation");
  check.equal(info.gtsc_khz, wanted.mode == never_emulate ? 0 : wanted.expected_khz, "frequency");
  Child child{domain};
  check_rate(check, wanted, child);
  check_deadline(check, child);
  check_write(check, wanted, child);
}

// Its counter goes on from where it is when a running domain gets another frequency.
void changes_while_it_runs() {
  Check check{"changed"};
  const domid_t domain = make_domain();
  Child child{domain};
  const u32 khz = host_khz() / 5 * 3;
  const Report first = child.report();
  check.equal(set_tsc(domain, usual, khz), 0, "answer");
  const Report second = child.report();
  check.equal(second.khz, khz, "frequency");
  const u64 most = (second.time_after - first.time_before) * host_khz() / 1'000'000;
  check.expect(second.rdtsc >= first.rdtsc && second.rdtsc - first.rdtsc <= most + 1000, "the counter goes from {} to {} in at most {} ticks",
               first.rdtsc, second.rdtsc, most);
  check.expect(second.time_before >= first.time_after, "its time steps back by {} ns", first.time_after - second.time_before);
}

void refusals() {
  Check check{"refused"};
  const domid_t domain = make_domain();
  check.equal(set_tsc(domain, 3, 0), -XEN_EINVAL, "answer to mode 3");
  check.equal(set_tsc(domain_number(), usual, 0), -XEN_EINVAL, "answer for the caller itself");
  check.equal(set_tsc(domain + 100, usual, 0), -XEN_ESRCH, "answer for no domain");
  bench::destroy_domain(domain);
}

}  // namespace

void test_main() {
  if (long answer = events::enable_upcalls()) fail("no upcalls: {}", answer);
  const u32 khz = host_khz();
  run_case({"host_frequency", usual, 0, khz, false, false});
  run_case({"same_frequency", usual, khz, khz, false, false});
  run_case({"twice", usual, 2 * khz, 2 * khz, true, false});
  run_case({"a_third", usual, khz / 3, khz / 3, true, false});
  run_case({"emulated", always_emulate, 0, khz, true, true});
  run_case({"emulated_faster", always_emulate, khz / 7 * 9, khz / 7 * 9, true, true});
  run_case({"never_emulated", never_emulate, khz / 2, khz, false, false});
  changes_while_it_runs();
  refusals();
}

}  // namespace xenolith::guest
