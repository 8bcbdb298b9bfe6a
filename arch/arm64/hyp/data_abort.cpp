// SPDX-License-Identifier: MIT
// Accesses of guests to what their guest-physical map does not have: emulated devices, or nothing.
#include <arch/domain_state.hpp>
#include <arch/guest_memory.hpp>

#include "arch/arm64/hyp/exits.hpp"
#include "core/base/log.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

// ISS of a data abort (ARM Architecture Reference Manual, "ISS encoding for an exception from a Data Abort").
struct Access {
  explicit Access(u64 syndrome)
      : is_described{(syndrome & bit(24)) != 0},
        size{1u << Bits<23, 22>::get(syndrome)},
        sign_extend{(syndrome & bit(21)) != 0},
        number{static_cast<unsigned>(Bits<20, 16>::get(syndrome))},
        is_64_bit{(syndrome & bit(15)) != 0},
        of_table_walk{(syndrome & bit(7)) != 0},
        write{(syndrome & bit(6)) != 0},
        status{static_cast<unsigned>(Bits<5, 0>::get(syndrome))} {}
  bool is_described;  // the rest is told: not of instructions that access two registers, or write one back
  unsigned size;
  bool sign_extend;
  unsigned number;    // of the register
  bool is_64_bit;
  bool of_table_walk;
  bool write;
  unsigned status;

  bool is_translation_fault() const { return (status & 0x3c) == 0x04; }
  bool is_permission_fault() const { return (status & 0x3c) == 0x0c; }
};

u64 truncate(u64 value, unsigned size) { return size == 8 ? value : value & (bit(8 * size) - 1); }

u64 extend(u64 value, const Access& access) {
  value = truncate(value, access.size);
  if (access.sign_extend && access.size < 8) {
    unsigned shift = 64 - 8 * access.size;
    value = static_cast<u64>(static_cast<i64>(value << shift) >> shift);
  }
  return access.is_64_bit ? value : static_cast<u32>(value);
}

// Calls write(value), or read() for what the register gets, and goes on behind the instruction.
template <class Read, class Write>
void perform(Vcpu& vcpu, const Access& access, Read read, Write write) {
  GuestRegisters& registers = vcpu.arch().registers;
  if (access.write) write(truncate(registers.get(access.number), access.size));
  else registers.set(access.number, extend(read(), access));
  registers.skip();
}

// What the virtual interrupt controller or the serial line has at the address; false if nothing.
bool emulate(Vcpu& vcpu, GuestPhysical address, const Access& access) {
  arch::DomainState& state = vcpu.domain().arch();
  unsigned id = vcpu.id().raw();
  if (vgic::DomainGic& gic = state.gic(); gic.contains(address)) {
    perform(vcpu, access, [&] { return gic.read(id, address, access.size); }, [&](u64 value) { gic.write(id, address, access.size, value); });
    return true;
  }
  vuart::DomainUart* uart = state.uart();
  if (!uart || !uart->contains(address)) return false;
  perform(vcpu, access, [&] { return uart->read(address); }, [&](u64 value) { uart->write(address, value); });
  return true;
}

// The map may have changed since the access: then it is made again.
bool is_there_now(Vcpu& vcpu, GuestPhysical address, bool write) {
  P2mEntry entry = vcpu.domain().p2m().lookup(frame_of(address));
  if (entry.type == P2mType::none) return false;
  return !write || is_guest_writable(entry.type);
}

}  // namespace

// Where in guest-physical memory it happened: HPFAR_EL2 holds the page of translation faults and of what a table walk met; of other
// permission faults the address is translated anew.
static Result<GuestPhysical> place_of(Vcpu& vcpu, const ExitDetails& details, const Access& access) {
  if (access.is_translation_fault() || access.of_table_walk) return details.guest_physical();
  if (!access.is_permission_fault()) return Failure{XEN_EFAULT};
  return arch::translate_guest(vcpu, GuestVirtual{details.fault_address});
}

void handle_data_abort(Vcpu& vcpu, const ExitDetails& details) {
  Access access{details.syndrome};
  if (Result<GuestPhysical> place = place_of(vcpu, details, access)) {
    if (is_there_now(vcpu, *place, access.write && !access.of_table_walk)) return;
    if (access.is_described && !access.of_table_walk && emulate(vcpu, *place, access)) return;
    log_guest(LogLevel::debug, "d{}v{}: {} of {:#x} ({} bytes) at {:#x}: nothing there", vcpu.domain().id(), vcpu.id(),
              access.write ? "write" : "read", *place, access.size, vcpu.arch().registers.pc);
  }
  inject_abort(vcpu, AbortOf::data, details.fault_address);
}

void handle_instruction_abort(Vcpu& vcpu, const ExitDetails& details) {
  if (is_there_now(vcpu, details.guest_physical(), false)) {
    P2mEntry entry = vcpu.domain().p2m().lookup(frame_of(details.guest_physical()));
    bool is_executable = entry.type != P2mType::grant_writable && entry.type != P2mType::grant_read_only;
    if (is_executable) return;
  }
  inject_abort(vcpu, AbortOf::instruction, details.fault_address);
}

}  // namespace xenolith
