// SPDX-License-Identifier: MIT
#include <guest/trap.hpp>

#include <guest/cpu.hpp>
#include <guest/machine.hpp>

#include "guests/framework/arm64/gic.hpp"
#include "guests/framework/report.hpp"

namespace xenolith::guest {
namespace {

using Handler = void (*)();
constexpr u32 private_count = 32;
constinit Handler handlers[private_count]{};  // of SGIs and PPIs

void handle_interrupt() {
  u32 acknowledged = gic::acknowledge(), intid = gic::number_of(acknowledged);
  if (intid == gic::none) return;
  if (intid >= private_count || !handlers[intid]) fail("vCPU {}: interrupt {} came", this_cpu().id, intid);
  handlers[intid]();
  gic::end(acknowledged);
}

}  // namespace

extern "C" [[noreturn]] void leave_catching(u64 resume);

extern "C" void handle_trap(TrapFrame* frame) {
  constexpr u64 irq = 1;
  if (frame->kind == irq) return handle_interrupt();
  Catch* record = this_cpu().catching;
  if (!record)
    fail("vCPU {}: exception of kind {} at {:#x}, syndrome {:#x}, address {:#x}", this_cpu().id, frame->kind, frame->pc,
         frame->syndrome, frame->address);
  record->frame = *frame;
  leave_catching(record->resume);
}

Catch* set_catch(Catch* next) {
  Catch* previous = this_cpu().catching;
  this_cpu().catching = next;
  return previous;
}

void set_private_handler(u32 intid, void (*handler)()) { handlers[intid] = handler; }

long enable_event_interrupt(void (*handler)()) {
  set_private_handler(machine().event_interrupt, handler);
  gic::enable_private(this_cpu().id, machine().event_interrupt);
  return 0;
}

}  // namespace xenolith::guest
