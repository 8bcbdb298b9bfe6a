// SPDX-License-Identifier: MIT
// Event channels against a guest that means harm: every operation with wrong arguments, closing and resetting against sends of
// another vCPU, event words and control blocks full of rubbish, and all free ports made to look taken. Afterwards all works as before.
#include <algorithm>

#include "guests/framework/events.hpp"
#include "guests/framework/fifo.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u32 nonsense[] = {0, 1, 2, 3, 63, 64, 4095, 0x8000, 0x1'ffff, 0x2'0000, 0x7fff'ffff, 0x8000'0000, 0xffff'fff0, 0xffff'ffff};
constexpr long allowed_errors[] = {XEN_EINVAL, XEN_ENOENT, XEN_ESRCH,  XEN_EPERM,     XEN_EEXIST, XEN_EBUSY,
                                   XEN_ENOSYS, XEN_EACCES, XEN_ENOSPC, XEN_EOPNOTSUPP, XEN_EFAULT, XEN_ENOMEM};

bool is_known(long answer) {
  if (answer == 0) return true;
  for (long error : allowed_errors)
    if (answer == -error) return true;
  return false;
}

void reset() {
  evtchn_reset request{DOMID_SELF};
  event_op(EVTCHNOP_reset, &request);
}

// One call that must fail with this error. Fields are the structure's 32-bit words.
struct Refused {
  const char* what;
  u32 command;
  u32 words[4];
  long error;
};
constexpr u32 self = DOMID_SELF, nobody = 0x7fef;
constexpr Refused refused[] = {
    {"bind_interdomain, no such domain", EVTCHNOP_bind_interdomain, {nobody, 1}, XEN_ESRCH},
    {"bind_interdomain, port 0", EVTCHNOP_bind_interdomain, {self, 0}, XEN_EINVAL},
    {"bind_interdomain, free port", EVTCHNOP_bind_interdomain, {self, 9}, XEN_EINVAL},
    {"bind_interdomain, port beyond all", EVTCHNOP_bind_interdomain, {self, ~0u}, XEN_EINVAL},
    {"bind_virq, no such", EVTCHNOP_bind_virq, {NR_VIRQS, 0}, XEN_EINVAL},
    {"bind_virq, 0xffffffff", EVTCHNOP_bind_virq, {~0u, 0}, XEN_EINVAL},
    {"bind_virq, no such vCPU", EVTCHNOP_bind_virq, {VIRQ_TIMER, 5000}, XEN_ENOENT},
    {"bind_virq, global on vCPU 1", EVTCHNOP_bind_virq, {VIRQ_DOM_EXC, 1}, XEN_EINVAL},
    {"bind_ipi, no such vCPU", EVTCHNOP_bind_ipi, {~0u}, XEN_ENOENT},
    {"bind_pirq", EVTCHNOP_bind_pirq, {~0u, 0}, XEN_EINVAL},
    {"close, port 0", EVTCHNOP_close, {0}, XEN_EINVAL},
    {"close, free port", EVTCHNOP_close, {9}, XEN_EINVAL},
    {"close, beyond all", EVTCHNOP_close, {~0u}, XEN_EINVAL},
    {"send, port 0", EVTCHNOP_send, {0}, XEN_EINVAL},
    {"send, free port", EVTCHNOP_send, {9}, XEN_EINVAL},
    {"send, beyond all", EVTCHNOP_send, {0x2'0000}, XEN_EINVAL},
    {"status, no such domain", EVTCHNOP_status, {nobody, 1}, XEN_ESRCH},
    {"status, beyond all", EVTCHNOP_status, {self, ~0u}, XEN_EINVAL},
    {"alloc_unbound, no such domain", EVTCHNOP_alloc_unbound, {nobody}, XEN_ESRCH},
    {"bind_vcpu, port 0", EVTCHNOP_bind_vcpu, {0, 0}, XEN_EINVAL},
    {"bind_vcpu, no such vCPU", EVTCHNOP_bind_vcpu, {1, 5000}, XEN_ENOENT},
    {"unmask, beyond all", EVTCHNOP_unmask, {~0u}, XEN_EINVAL},
    {"reset, no such domain", EVTCHNOP_reset, {nobody}, XEN_ESRCH},
    {"init_control, no such frame", EVTCHNOP_init_control, {~0u, 0xfffff, 0, 0}, XEN_EINVAL},
    {"init_control, no such vCPU", EVTCHNOP_init_control, {0x1000, 0, 0, 5000}, XEN_ENOENT},
    {"init_control, odd offset", EVTCHNOP_init_control, {0x1000, 0, 4, 0}, XEN_EINVAL},
    {"init_control, behind the page", EVTCHNOP_init_control, {0x1000, 0, 4040, 0}, XEN_EINVAL},
    {"expand_array with two levels", EVTCHNOP_expand_array, {0x1000, 0}, XEN_EOPNOTSUPP},
    {"set_priority with two levels", EVTCHNOP_set_priority, {1, 0}, XEN_ENOSYS},
    {"resuming a reset that is none", 14, {self}, XEN_EBUSY},
    {"operation 15", 15, {0}, XEN_ENOSYS},
    {"operation 0xffffffff", ~0u, {0}, XEN_ENOSYS},
};

void table_of_refusals() {
  Check check{"refusals"};
  u32 port = static_cast<u32>(events::bind_ipi(0));
  check.equal(port, 1u, "the first port");
  for (const Refused& row : refused) {
    u32 words[8] = {row.words[0], row.words[1], row.words[2], row.words[3]};
    check.equal(event_op(row.command, words), -row.error, row.what);
    check.equal(event_op(row.command, reinterpret_cast<void*>(0xffff'8000'0000'0000)), row.command > 14 ? -XEN_ENOSYS : -XEN_EFAULT,
                "answer to an address of the hypervisor's");
  }
  check.equal(events::close(port), 0, "answer to close");
}

// Every operation with every pair of odd values: some succeed, none answers with what is no error of the interface.
void every_argument() {
  Check check{"every_argument"};
  u64 longest = 0;
  for (u32 command = 0; command <= 15; ++command)
    for (u32 first : nonsense)
      for (u32 second : nonsense) {
        u32 words[8] = {first, second, first ^ 4, second};
        u64 start = system_time();
        long answer = event_op(command, words);
        longest = std::max(longest, system_time() - start);
        check.expect(is_known(answer), "operation {} with {:#x}, {:#x} answers {}", command, first, second, answer);
      }
  note("the longest took {} us", longest / 1000);
  reset();
}

// ---- The second vCPU, which sends and writes rubbish while the first works.
enum class Job : u32 { rest, send, scribble, finish };
std::atomic<Job> job{Job::rest};
std::atomic<u64> done{0};

void assistant() {
  u32 random = 1;
  for (;;) {
    random = random * 1664525 + 1013904223;
    switch (job.load()) {
      case Job::finish: done = ~u64{0}; return;
      case Job::rest: pause(); continue;
      case Job::send: events::send(1 + (random >> 20) % 64); break;
      case Job::scribble:
        fifo::word((random >> 16) % 128) = random * 31;
        fifo::control(random >> 31).head[random >> 20 & 15] = random;
        fifo::control(random >> 31).ready = random >> 7;
        break;
    }
    done.fetch_add(1);
  }
}

void set_job(Job next) {
  job = next;
  u64 now = done;
  if (next == Job::send || next == Job::scribble) wait_for(patience, [&] { return done > now + 10; });
}

bool make_fifo() { return fifo::initialise(2) == 0 && fifo::expand() == 0; }

// Ports are bound, moved and closed while the other vCPU sends on them.
void closing_against_sends() {
  Check check{"close_against_send"};
  set_job(Job::send);
  u64 before = done;
  for (u32 round = 0; round < 40; ++round) {
    if (round % 2) check.expect(make_fifo(), "the FIFO form cannot be set up");
    for (u32 n = 0; n < 24; ++n) {
      u32 unbound = static_cast<u32>(events::alloc_unbound(DOMID_SELF));
      evtchn_bind_interdomain bind{.remote_dom = DOMID_SELF, .remote_port = unbound, .local_port = 0};
      check.equal(event_op(EVTCHNOP_bind_interdomain, &bind), 0, "answer to bind_interdomain");
      evtchn_bind_vcpu move{.port = unbound, .vcpu = n % 2};
      check.equal(event_op(EVTCHNOP_bind_vcpu, &move), 0, "answer to bind_vcpu");
      if (n % 3 == 0) check.equal(events::close(bind.local_port), 0, "answer to close");
    }
    evtchn_reset request{DOMID_SELF};
    check.equal(event_op(EVTCHNOP_reset, &request), 0, "answer to reset");
  }
  check.expect(done > before, "nothing was sent meanwhile");
  note("{} sends meanwhile", done.load() - before);
  set_job(Job::rest);
}

void rubbish_in_words() {
  Check check{"scribble_against_send"};
  if (!check.expect(make_fifo(), "the FIFO form cannot be set up")) return;
  set_job(Job::scribble);
  u32 ports[64];
  for (u32 n = 0; n < 64; ++n) ports[n] = static_cast<u32>(events::bind_ipi(n % 2));
  u64 longest = 0;
  for (u32 round = 0; round < 3000; ++round) {
    u32 port = ports[round * 7 % 64];
    evtchn_set_priority priority{.port = port, .priority = round % 16};
    event_op(EVTCHNOP_set_priority, &priority);
    u64 start = system_time();
    check.equal(events::send(port), 0, "answer to send");
    longest = std::max(longest, system_time() - start);
    if (round % 50 == 0) check.expect(is_known(events::close(port)), "close fails"), ports[round * 7 % 64] = static_cast<u32>(events::bind_ipi(0));
  }
  note("the longest send took {} us", longest / 1000);
  set_job(Job::rest);
  reset();
}

// All free ports have an event that the guest seems not to have taken: looking for one that can be used takes many steps.
void all_ports_linked() {
  Check check{"all_ports_linked"};
  if (!check.equal(fifo::initialise(1), 0, "answer to init_control")) return;
  while (fifo::pages() < fifo::most_ports / fifo::words_per_page)
    if (!check.equal(fifo::expand(), 0, "answer to expand_array")) return;
  for (u32 port = 0; port < fifo::most_ports; ++port) fifo::word(port) = 1u << EVTCHN_FIFO_LINKED | 5;
  u64 start = system_time();
  check.equal(events::bind_ipi(0), -XEN_ENOSPC, "answer to bind_ipi");
  note("no port of {} is free: {} us to find that out", fifo::most_ports, (system_time() - start) / 1000);
  start = system_time();
  check.equal(events::bind_ipi(0), -XEN_ENOSPC, "answer to a second one");
  note("{} us for the second time", (system_time() - start) / 1000);
  fifo::clear(70'000, EVTCHN_FIFO_LINKED);
  check.equal(events::bind_ipi(0), 70'000, "the only free port");
  reset();
}

void works_as_before() {
  Check check{"works_as_before"};
  if (!check.expect(make_fifo(), "the FIFO form cannot be set up")) return;
  while (fifo::take(0).port) {
  }
  long port = events::bind_ipi(0);
  check.equal(port, 1, "the first port");
  check.equal(events::send(1), 0, "answer to send");
  check.equal(fifo::take(0).port, 1u, "port of the event");
  check.equal(fifo::take(0).port, 0u, "port of a second event");
  reset();
  check.equal(events::bind_ipi(0), 1, "the first port with two levels");
  check.equal(events::send(1), 0, "answer to send");
  check.expect(events::is_pending(1), "it is not pending");
}

}  // namespace

void test_main() {
  table_of_refusals();
  every_argument();
  if (cpu_count() > 1 && start_cpu(1, assistant)) {
    closing_against_sends();
    rubbish_in_words();
    set_job(Job::finish);
    wait_for(patience, [] { return done == ~u64{0}; });
  } else {
    Check{"close_against_send"}.skip("one vCPU");
  }
  all_ports_linked();
  works_as_before();
}

}  // namespace xenolith::guest
