// SPDX-License-Identifier: MIT
// One VMCS: the only way to its fields. A processor keeps parts of a VMCS inside; which CPU that is, and whether the VMCS is the one that
// VMREAD and VMWRITE mean there, is known here and nowhere else. Each access makes the VMCS current on the CPU it is made on; if it
// is active on another CPU, that CPU is interrupted to give it back first (Intel SDM volume 3C, section 25.11.1 "Software Use of
// Virtual-Machine Control Structures").
#pragma once

#include <atomic>

#include "arch/x86/vmx/instructions.hpp"
#include "arch/x86/vmx/vmcs_fields.hpp"
#include "core/memory/heap_pages.hpp"

namespace xenolith::vmx {

class Vmcs {
 public:
  // `page` holds nothing but the processor's revision.
  explicit Vmcs(HeapPages page) : page_{std::move(page)} {}
  Vmcs(const Vmcs&) = delete;
  Vmcs& operator=(const Vmcs&) = delete;
  ~Vmcs() { clear(); }
  static Result<HeapPages> allocate_page(u32 revision);

  // On this CPU. Not from interrupt handlers.
  void make_current();
  // Must VMLAUNCH be used, not VMRESUME? The VMCS is current, interrupts are off.
  bool needs_launch() const { return !launched_; }
  void note_launched() { launched_ = true; }
  // No processor keeps anything of it. Not from interrupt handlers.
  void clear();

  u16 read(Field16 field) const { return static_cast<u16>(read_any(static_cast<u32>(field))); }
  u32 read(Field32 field) const { return static_cast<u32>(read_any(static_cast<u32>(field))); }
  u64 read(Field64 field) const { return read_any(static_cast<u32>(field)); }
  u64 read(FieldNatural field) const { return read_any(static_cast<u32>(field)); }
  void write(Field16 field, u16 value) { write_any(static_cast<u32>(field), value); }
  void write(Field32 field, u32 value) { write_any(static_cast<u32>(field), value); }
  void write(Field64 field, u64 value) { write_any(static_cast<u32>(field), value); }
  void write(FieldNatural field, u64 value) { write_any(static_cast<u32>(field), value); }

 private:
  static constexpr u32 nowhere = ~u32{0};
  u64 read_any(u32 field) const;
  void write_any(u32 field, u64 value);
  bool is_current() const;
  void clear_on_this_cpu();
  void clear_where_active();
  MachineAddress address() const { return address_of(page_.mfn()); }

  HeapPages page_;
  std::atomic<u32> active_on_{nowhere};  // changed on that CPU, or on the one that takes it while it is nowhere
  bool launched_ = false;
};

}  // namespace xenolith::vmx
