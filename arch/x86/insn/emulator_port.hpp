// SPDX-License-Identifier: MIT
// What the emulator needs of the world: the guest's memory by linear address, and its I/O ports.
#pragma once

#include "arch/x86/insn/outcome.hpp"
#include "core/base/units.hpp"

namespace xenolith {

// What a read is for: `modify` announces that the same place will be written, so a missing write permission must fault
// now, before a device sees the read.
enum class Access : u8 { read, modify };

// Sizes are in bytes, 1, 2, 4 or 8; values are zero-extended. Accesses need not be aligned and may cross a page: the
// port then checks both pages before it touches either. Segmentation has been applied and addresses are canonical;
// paging is the port's, with the privilege of the guest's current level.
//
// Every function may stop the instruction by an Outcome other than done, which emulate() returns unchanged. After
// Outcome::retry() the same instruction is emulated again and makes the same accesses in the same order:
// a port that waits for a device must answer those made since the last commit() from its record, not do them twice.
class EmulatorPort {
 public:
  virtual Attempt<u64> read_memory(GuestVirtual address, unsigned size, Access access) = 0;
  virtual Outcome write_memory(GuestVirtual address, unsigned size, u64 value) = 0;

  // Atomic in RAM: if the memory holds `expected`, writes `desired`; returns what it held. For a device, write
  // `desired` and return `expected`: locked accesses to devices are not atomic, and their read has just been done.
  virtual Attempt<u64> compare_exchange(GuestVirtual address, unsigned size, u64 expected, u64 desired) = 0;

  // Faults as a write would, without writing: asked before an I/O port is read to fill memory.
  virtual Outcome probe_write(GuestVirtual address, unsigned size) = 0;

  // The permission check (IOPL, TSS bitmap) is the port's where the processor has not made it before the exit.
  virtual Attempt<u64> read_io(u16 port, unsigned size) = 0;
  virtual Outcome write_io(u16 port, unsigned size, u64 value) = 0;

  // All accesses up to here are final: the instruction, or one iteration of a REP instruction, has changed the
  // registers. A record of accesses for a retry is dropped here.
  virtual void commit() {}

 protected:
  ~EmulatorPort() = default;
};

}  // namespace xenolith
