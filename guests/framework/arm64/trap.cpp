// SPDX-License-Identifier: MIT
#include <guest/trap.hpp>

#include <guest/cpu.hpp>
#include <guest/machine.hpp>

#include "guests/framework/arm64/gic.hpp"
#include "guests/framework/report.hpp"

namespace xenolith::guest {
namespace {

using Handler = void (*)();
constinit Handler event_handler = nullptr;

void handle_interrupt() {
  u32 intid = gic::acknowledge();
  if (intid == gic::none) return;
  if (intid == machine().event_interrupt && event_handler) event_handler();
  else fail("vCPU {}: interrupt {} came", this_cpu().id, intid);
  gic::end(intid);
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

long enable_event_interrupt(void (*handler)()) {
  event_handler = handler;
  gic::enable_private(this_cpu().id, machine().event_interrupt);
  return 0;
}

}  // namespace xenolith::guest
