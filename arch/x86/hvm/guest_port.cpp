// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/guest_port.hpp"

#include <arch/domain_state.hpp>

#include <algorithm>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/guest_walk.hpp"
#include "arch/x86/hvm/physical_access.hpp"
#include "arch/x86/hvm/port_access.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {

Attempt<GuestPhysical> GuestPort::locate_page(GuestVirtual address, u32 access) const {
  Translation place = translate(vcpu_, address, access | access_privilege(vcpu_));
  if (!place.ok) return Outcome::page_fault(address, place.error);
  return place.address;
}

// Both pages are found before either is touched.
Attempt<GuestPort::Place> GuestPort::locate(GuestVirtual address, unsigned size, u32 access) const {
  unsigned here = static_cast<unsigned>(std::min<u64>(size, page_size - offset_in_page(address)));
  GuestPhysical first = PERFORM(locate_page(address, access));
  if (here == size) return Place{first, {}, here, 0};
  return Place{first, PERFORM(locate_page(address + here, access)), here, size - here};
}

Attempt<u64> GuestPort::read_memory(GuestVirtual address, unsigned size, Access access) {
  Place place = PERFORM(locate(address, size, access == Access::modify ? fault::write : 0));
  u64 value = PERFORM(read_physical_access(vcpu_, place.first, place.first_size));
  if (place.second_size == 0) return value;
  return value | PERFORM(read_physical_access(vcpu_, place.second, place.second_size)) << (8 * place.first_size);
}

Outcome GuestPort::write_memory(GuestVirtual address, unsigned size, u64 value) {
  Place place = PERFORM(locate(address, size, fault::write));
  PERFORM(write_physical_access(vcpu_, place.first, place.first_size, value));
  if (place.second_size == 0) return Outcome::done();
  return write_physical_access(vcpu_, place.second, place.second_size, value >> (8 * place.first_size));
}

// Across pages it is not atomic: no sane guest locks there, and the processor itself splits the lock.
Attempt<u64> GuestPort::compare_exchange(GuestVirtual address, unsigned size, u64 expected, u64 desired) {
  Place place = PERFORM(locate(address, size, fault::write));
  if (place.second_size == 0) return compare_exchange_physical(vcpu_, place.first, size, expected, desired);
  u64 held = PERFORM(read_memory(address, size, Access::modify));
  if (held == expected) PERFORM(write_memory(address, size, desired));
  return held;
}

Outcome GuestPort::probe_write(GuestVirtual address, unsigned size) {
  PERFORM(locate(address, size, fault::write));
  return Outcome::done();
}

Attempt<u64> GuestPort::read_io(u16 port, unsigned size) { return u64{PERFORM(read_port(vcpu_, port, size))}; }
Outcome GuestPort::write_io(u16 port, unsigned size, u64 value) {
  return write_port(vcpu_, port, size, static_cast<u32>(value));
}

namespace {

SegmentState segment_state(const SegmentRegister& segment, bool protected_mode) {
  // Type of data segments: expand-down 2, writable 1; of code segments (bit 3): readable 1.
  unsigned type = segment.attributes & 0xf;
  bool is_code = type & 8;
  SegmentState state{.base = segment.base, .limit = segment.limit, .big = segment.is_default_big()};
  if (!protected_mode) return state;
  state.usable = segment.attributes & 0x80;
  state.readable = !is_code || (type & 2);
  state.writable = !is_code && (type & 2);
  state.expand_down = !is_code && (type & 4);
  return state;
}

}  // namespace

ExecutionState execution_state(Vcpu& vcpu) {
  const VendorVcpu& hardware = *vcpu.arch().hardware;
  ControlRegisters controls = hardware.controls();
  bool virtual_8086 = vcpu.arch().registers.rflags & rflags::vm;
  ExecutionState state;
  state.code_size = code_size(hardware);
  state.protected_mode = (controls.cr0 & cr0::pe) && !virtual_8086;
  state.linear_address_bits = controls.cr4 & cr4::la57 ? 57 : 48;
  for (unsigned i = 0; i < state.segments.size(); ++i)
    state.segments[i] = segment_state(hardware.segment(static_cast<Segment>(i)), state.protected_mode);
  return state;
}

}  // namespace xenolith::hvm
