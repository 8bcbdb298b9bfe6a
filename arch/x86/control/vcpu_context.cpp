// SPDX-License-Identifier: MIT
// VCPUOP_initialise: the state in which a vCPU begins when its guest gives it one. Source: <xen/hvm/hvm_vcpu.h>.
#include <arch/control.hpp>
#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/cpu_record.hpp"
#include "arch/x86/hvm/initial_state.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/guest_handle.hpp"

extern "C" {
#include <xen/hvm/hvm_vcpu.h>
}

namespace xenolith::arch {
namespace {

using hvm::ControlRegisters;
using hvm::SegmentRegister;

constexpr u16 present = bit(7), system = bit(4), default_big = bit(10), long_code = bit(9), granular = bit(11);
constexpr u16 accessed_data = 3, accessed_code = 0xb, busy_tss = 0xb;
constexpr u64 rflags_dropped = rflags_bit::trap | bit(14) | bit(17) | bit(19) | bit(20);  // TF, NT, VM, VIF, VIP

struct State {
  GuestRegisters registers;
  ControlRegisters controls;
  SegmentRegister cs, ds, es, ss, tr;
};

Result<ControlRegisters> checked_controls(const Vcpu& vcpu, u64 cr0, u64 cr3, u64 cr4, u64 efer) {
  return hvm::controls_from_reset(*vcpu.domain().arch().cpuid_policy, cr0, cr3, cr4, efer);
}

// Present, of the wanted kind, and with a limit that its granularity can express.
bool is_usable(const SegmentRegister& segment, bool is_code) {
  u16 type = segment.attributes & 0xf;
  bool code = (type & 8) != 0, writable = (type & 2) != 0;
  if (!(segment.attributes & present)) return !is_code;
  if (!(segment.attributes & system) || (segment.attributes & 0xf000)) return false;
  bool kind_fits = is_code ? code : (code ? writable : true);
  bool limit_fits = (segment.attributes & granular) ? (segment.limit & 0xfff) == 0xfff : segment.limit <= 0xf'ffff;
  return kind_fits && limit_fits;
}

Result<State> state_32(const Vcpu& vcpu, const vcpu_hvm_x86_32& from) {
  if (from.pad1 || from.pad2[0] || from.pad2[1] || from.pad2[2]) return Failure{XEN_EINVAL};
  State state;
  u32 values[] = {from.eax, from.ecx, from.edx, from.ebx, from.esp, from.ebp, from.esi, from.edi};
  for (unsigned i = 0; i < std::size(values); ++i) state.registers.gpr[i] = values[i];
  state.registers.rip = from.eip;
  state.registers.rflags = from.eflags;
  state.controls = TRY(checked_controls(vcpu, from.cr0, from.cr3, from.cr4, from.efer));
  state.cs = {0, from.cs_ar, from.cs_limit, from.cs_base};
  state.ds = {0, from.ds_ar, from.ds_limit, from.ds_base};
  state.es = {0, from.es_ar, from.es_limit, from.es_base};
  state.ss = {0, from.ss_ar, from.ss_limit, from.ss_base};
  state.tr = {0, from.tr_ar, from.tr_limit, from.tr_base};
  if (state.cs.attributes & long_code) return Failure{XEN_EINVAL};  // 64-bit code has the other form
  bool fit = is_usable(state.cs, true) && is_usable(state.ds, false) && is_usable(state.es, false) &&
             is_usable(state.ss, false) && (state.tr.attributes & 0xf) == busy_tss && (state.tr.attributes & present);
  if (!fit || state.ss.privilege() != state.cs.privilege()) return Failure{XEN_EINVAL};
  return state;
}

Result<State> state_64(const Vcpu& vcpu, const vcpu_hvm_x86_64& from) {
  State state;
  u64 values[] = {from.rax, from.rcx, from.rdx, from.rbx, from.rsp, from.rbp, from.rsi, from.rdi};
  for (unsigned i = 0; i < std::size(values); ++i) state.registers.gpr[i] = values[i];
  state.registers.rip = from.rip;
  state.registers.rflags = from.rflags;
  state.controls = TRY(checked_controls(vcpu, from.cr0, from.cr3, from.cr4, from.efer));
  constexpr u64 long_mode_active = bit(10);
  if (!(state.controls.efer & long_mode_active)) return Failure{XEN_EINVAL};
  constexpr u16 data = present | system | default_big | granular | accessed_data;
  state.cs = {0, present | system | long_code | granular | accessed_code, ~u32{0}, 0};
  state.ds = state.es = state.ss = {0, data, ~u32{0}, 0};
  state.tr = {0, present | busy_tss, 0x67, 0};
  return state;
}

void load(Vcpu& vcpu, const State& state) {
  hvm::set_initial_state(vcpu);
  hvm::VendorVcpu& hardware = *vcpu.arch().hardware;
  vcpu.arch().registers = state.registers;
  vcpu.arch().registers.rflags = (state.registers.rflags & ~rflags_dropped) | rflags_bit::fixed_one;
  hardware.set_efer(state.controls.efer);
  hardware.set_cr4(state.controls.cr4);
  hardware.set_cr3(state.controls.cr3);
  hardware.set_cr0(state.controls.cr0);
  hardware.set_segment(Segment::cs, state.cs);
  hardware.set_segment(Segment::ds, state.ds);
  hardware.set_segment(Segment::es, state.es);
  hardware.set_segment(Segment::ss, state.ss);
  hardware.set_system_segment(hvm::SystemSegment::tr, state.tr);
  hardware.flush_tlb();
}

}  // namespace

Result<void> initialise_vcpu(Vcpu& caller, Vcpu& target, GuestVirtual context) {
  auto given = TRY(GuestHandle<vcpu_hvm_context>{context}.read(caller));
  if (!target.arch().apic.is_waiting_for_startup() || !(target.stops() & Vcpu::down)) return Failure{XEN_EEXIST};
  if (given.mode > VCPU_HVM_MODE_64B) return Failure{XEN_EINVAL};
  State state = given.mode == VCPU_HVM_MODE_64B ? TRY(state_64(target, given.cpu_regs.x86_64))
                                                : TRY(state_32(target, given.cpu_regs.x86_32));
  target.pause_sync();  // a start-up message of another vCPU may be under way
  bool waits = target.arch().apic.is_waiting_for_startup();
  if (waits) {
    load(target, state);
    target.arch().apic.set_waiting_for_startup(false);
  }
  target.unpause();
  return waits ? Result<void>{} : Failure{XEN_EEXIST};
}

}  // namespace xenolith::arch
