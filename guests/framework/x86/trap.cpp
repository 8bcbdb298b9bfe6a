// SPDX-License-Identifier: MIT
#include <guest/trap.hpp>

#include <guest/cpu.hpp>
#include "guests/framework/report.hpp"

namespace xenolith::guest {
namespace {

struct Gate {
  u64 low, high;
};
constinit Gate gates[256]{};
constinit InterruptHandler handlers[256]{};

extern "C" const u8 trap_entries[];
extern "C" [[noreturn]] void leave_catching(u64 resume);

u64 fault_address() {
  u64 address;
  asm volatile("mov %%cr2, %0" : "=r"(address));
  return address;
}

// An interrupt gate; ring 3 may use those of #BP and #OF.
Gate gate_to(u64 address, u8 privilege) {
  constexpr u64 present_interrupt_gate = 0x8e;
  u64 type = present_interrupt_gate | u64{privilege} << 5;
  return {(address & 0xffff) | u64{selector::code} << 16 | type << 40 | (address >> 16 & 0xffff) << 48, address >> 32};
}

}  // namespace

extern "C" void handle_trap(TrapFrame* frame) {
  if (frame->vector >= 32 && handlers[frame->vector]) return handlers[frame->vector](*frame);
  Catch* record = this_cpu().catching;
  if (!record) {
    fail("vCPU {}: trap {} at {:#x}, error code {:#x}, cr2 {:#x}", this_cpu().id, frame->vector, frame->rip, frame->error_code,
         fault_address());
  }
  record->frame = *frame;
  record->address = fault_address();
  leave_catching(record->resume);
}

Catch* set_catch(Catch* next) {
  Catch* previous = this_cpu().catching;
  this_cpu().catching = next;
  return previous;
}

void set_handler(u8 vector, InterruptHandler handler) { handlers[vector] = handler; }

void fill_trap_table() {
  constexpr u64 entry_size = 16;
  for (u64 vector = 0; vector < 256; ++vector) {
    bool open = vector == exception::breakpoint || vector == exception::overflow;
    gates[vector] = gate_to(reinterpret_cast<u64>(trap_entries) + vector * entry_size, open ? 3 : 0);
  }
}

void load_trap_table() {
  struct [[gnu::packed]] {
    u16 limit;
    u64 base;
  } pointer{sizeof gates - 1, reinterpret_cast<u64>(gates)};
  asm volatile("lidt %0" : : "m"(pointer));
}

}  // namespace xenolith::guest
