// SPDX-License-Identifier: MIT
// Two guests and their toolstack make random operations; the guests write what they like into the words they share.
// Checked is what must hold whatever they do: connected ends name each other, and no operation fails in a way not its own.
#include <arch/fake.hpp>

#include <cstdint>
#include <cstdlib>

#include "core/domain/domain.hpp"
#include "core/events/event_channel_op.hpp"
#include "core/events/event_table.hpp"
#include "core/events/poll.hpp"
#include "core/run/quiescent.hpp"

namespace xenolith {
namespace {

struct Input {
  const u8* at;
  const u8* end;
  u32 byte() { return at < end ? *at++ : 0; }
  u32 word() { return byte() | byte() << 8 | byte() << 16 | byte() << 24; }
};

constexpr u16 first_id = 1, domains = 3;
constexpr u64 pages = 4;

struct Machine {
  fake::TestDomain domain[domains] = {fake::TestDomain{first_id, {.vcpus = 2, .control = true}},
                                      fake::TestDomain{first_id + 1, {.vcpus = 2}},
                                      fake::TestDomain{first_id + 2, {.vcpus = 2}}};
  u32* words[domains][pages];
  Machine() {
    for (unsigned d = 0; d < domains; ++d)
      for (u64 p = 0; p < pages; ++p) words[d][p] = reinterpret_cast<u32*>(domain[d].populate(Gfn{p}));
  }
};

void scribble(Machine& machine, unsigned guest, Input& input) {
  u32 place = input.word(), value = input.word();
  if (place & 1u << 31) {
    u32 offset = place % (sizeof(shared_info_t) / 4);
    reinterpret_cast<u32*>(&machine.domain[guest]->shared_info())[offset] = value;
  } else {
    machine.words[guest][place / 256 % pages][place % 80] = value;
  }
}

void operate(Machine& machine, unsigned guest, Input& input) {
  u32 structure[16];
  for (u32& field : structure) field = input.byte() % 32;
  // Domain ids are 16 bits wide and partly paired in one word.
  if (input.byte() & 1) structure[0] = (first_id + input.byte() % (domains + 1)) | (first_id + input.byte() % domains) << 16;
  fake::GuestRange range{structure, sizeof(structure)};
  HypercallArguments arguments{{input.byte() % 16, reinterpret_cast<u64>(structure)}};
  for (;;) {
    HypercallOutcome outcome = event_channel_op(machine.domain[guest].vcpu(input.byte() % 2), arguments);
    if (outcome.is_done()) return;
    arguments = outcome.arguments();
  }
}

void check_pairs(Machine& machine) {
  for (auto& domain : machine.domain) {
    for (u32 port = 0; domain->events().has_port(Port{port + 1}); ++port) {
      auto here = domain->events().status(Port{port});
      if (!here || here->status != EVTCHNSTAT_interdomain) continue;
      Domain& other = **&machine.domain[here->u.interdomain.dom - first_id];
      auto there = other.events().status(Port{here->u.interdomain.port});
      if (!there || there->status != EVTCHNSTAT_interdomain || there->u.interdomain.dom != domain->id().raw() ||
          there->u.interdomain.port != port)
        std::abort();
    }
  }
}

void step(Machine& machine, Input& input) {
  unsigned guest = input.byte() % domains;
  Domain& domain = *machine.domain[guest];
  switch (input.byte() % 8) {
    case 0: return scribble(machine, guest, input);
    case 1: {
      evtchn_port_t ports[] = {input.byte() % 32, input.byte() % 32};
      static_cast<void>(begin_poll(machine.domain[guest].vcpu(1), std::span{ports, input.byte() % 3}).failed());
      return;
    }
    case 2: domain.events().set_limit(input.byte()); return;
    default: return operate(machine, guest, input);
  }
}

}  // namespace
}  // namespace xenolith

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  {
    Machine machine;
    Input input{data, data + size};
    while (input.at < input.end) step(machine, input);
    check_pairs(machine);
  }
  quiescent::pass();  // frees the domains
  return 0;
}
