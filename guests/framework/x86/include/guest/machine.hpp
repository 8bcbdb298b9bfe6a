// SPDX-License-Identifier: MIT
// What the hypervisor told the guest at its start, and what is peculiar to this kind of machine.
#pragma once

#include <guest/instructions.hpp>

#include <string_view>

#include "core/base/interface.hpp"
#include "core/base/units.hpp"

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith::guest {

const hvm_start_info& start_info();
// The words that the toolstack gave it.
std::string_view command_line();

// Where the hypercalls' stubs are, 32 bytes for each number.
extern "C" u8 hypercall_page[page_size];
// Has the hypervisor fill the hypercall page.
void install_hypercall_page();
// The base of Xen's CPUID leaves; 0 if there are none.
u32 xen_leaves();

// By a vCPU's time information (xen/xen.h, struct vcpu_time_info).
u64 time_from(const vcpu_time_info& info);

// What is called when events are pending, on each vCPU: zero, or minus an error of the hypercall.
long enable_event_interrupt(void (*handler)());
inline constexpr u8 upcall_vector = 0x50;

// Whether nothing is mapped there in the guest-physical map: all ones are read.
inline bool is_hole(const volatile u64& place) { return place == ~u64{0}; }

// This domain's number.
u32 domain_number();

// A line where there is no console hypercall: the debug port.
inline void write_debug(std::string_view line) {
  for (char c : line) asm volatile("outb %0, %1" ::"a"(c), "Nd"(u16{0xe9}));
}

}  // namespace xenolith::guest
