// SPDX-License-Identifier: MIT
// Accesses of guests to system registers that lead to an exit. What is not known is an undefined instruction.
#include <arch/domain_state.hpp>

#include "arch/arm64/hyp/exits.hpp"
#include "arch/arm64/hyp/identification.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

// ISS of a trapped MSR, MRS or system instruction (ARM Architecture Reference Manual, "ISS encoding for an exception from MSR, MRS, or
// System instruction execution in AArch64 state").
struct SystemAccess {
  explicit SystemAccess(u64 syndrome)
      : op0{static_cast<unsigned>(Bits<21, 20>::get(syndrome))},
        op1{static_cast<unsigned>(Bits<16, 14>::get(syndrome))},
        crn{static_cast<unsigned>(Bits<13, 10>::get(syndrome))},
        crm{static_cast<unsigned>(Bits<4, 1>::get(syndrome))},
        op2{static_cast<unsigned>(Bits<19, 17>::get(syndrome))},
        number{static_cast<unsigned>(Bits<9, 5>::get(syndrome))},
        is_read{(syndrome & 1) != 0} {}
  unsigned op0, op1, crn, crm, op2;
  unsigned number;  // of the general register
  bool is_read;

  constexpr bool is(unsigned a, unsigned b, unsigned c, unsigned d, unsigned e) const {
    return op0 == a && op1 == b && crn == c && crm == d && op2 == e;
  }
};

bool has_gic_registers(Vcpu& vcpu) { return vcpu.domain().arch().gic().configuration().version == vgic::Version::v3; }

// Debug registers, performance monitors and the auxiliary control register: read as zero, writes are ignored.
bool is_without_function(const SystemAccess& access) {
  bool is_debug = access.op0 == 2;
  bool is_monitor = access.op0 == 3 && access.crn == 9 && access.crm >= 12 && access.crm <= 14;
  bool is_event_counter = access.op0 == 3 && access.op1 == 3 && access.crn == 14 && access.crm >= 8;
  return is_debug || is_monitor || is_event_counter || access.is(3, 0, 1, 0, 1);
}

// ICC_SGI1R_EL1 makes interrupts; the other two are for groups that are not there.
bool make_sgi(Vcpu& vcpu, const SystemAccess& access) {
  if (access.op0 != 3 || access.op1 != 0 || access.crn != 12 || access.crm != 11 || access.op2 < 5) return false;
  if (access.is_read || !has_gic_registers(vcpu)) return false;
  if (access.op2 == 5) vcpu.domain().arch().gic().write_sgi1r(vcpu.id().raw(), vcpu.arch().registers.get(access.number));
  return true;
}

// The physical timer of EL1 (op1 3, CRn 14, CRm 2) and the physical counter (CRm 0).
bool use_timer(Vcpu& vcpu, const SystemAccess& access) {
  using Register = timer::TimerRegister;
  Register which;
  if (access.is(3, 3, 14, 0, 1)) which = Register::counter;
  else if (access.is(3, 3, 14, 2, 0)) which = Register::timer_value;
  else if (access.is(3, 3, 14, 2, 1)) which = Register::control;
  else if (access.is(3, 3, 14, 2, 2)) which = Register::compare_value;
  else return false;
  GuestRegisters& registers = vcpu.arch().registers;
  if (access.is_read) registers.set(access.number, vcpu.arch().timer.read(which));
  else vcpu.arch().timer.write(which, registers.get(access.number));
  return true;
}

// Clearing caches by set and way: of no use to a guest that may move between CPUs. Its memory is coherent all the same.
bool is_set_way(const SystemAccess& access) { return access.op0 == 1 && access.crn == 7 && access.op2 == 2; }

bool perform(Vcpu& vcpu, const SystemAccess& access) {
  bool is_identification = access.op0 == 3 && access.op1 == 0 && access.crn == 0 && access.crm >= 1 && access.crm <= 7;
  if (is_identification && access.is_read) {
    vcpu.arch().registers.set(access.number, guest_identification(access.crm, access.op2, has_gic_registers(vcpu)));
    return true;
  }
  if (make_sgi(vcpu, access) || use_timer(vcpu, access) || is_set_way(access)) return true;
  if (!is_without_function(access)) return false;
  if (access.is_read) vcpu.arch().registers.set(access.number, 0);
  return true;
}

}  // namespace

void handle_system_register(Vcpu& vcpu, const ExitDetails& details) {
  SystemAccess access{details.syndrome};
  if (perform(vcpu, access)) return vcpu.arch().registers.skip();
  log_guest(LogLevel::debug, "d{}v{}: {} of system register {}_{}_c{}_c{}_{} at {:#x}", vcpu.domain().id(), vcpu.id(),
            access.is_read ? "read" : "write", access.op0, access.op1, access.crn, access.crm, access.op2,
            vcpu.arch().registers.pc);
  inject_undefined(vcpu);
}

}  // namespace xenolith
