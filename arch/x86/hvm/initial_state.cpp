// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/initial_state.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/time/time.hpp"
#include "core/domain/domain.hpp"
#include <arch/domain.hpp>

#include "core/base/log.hpp"
#include "core/time/clock.hpp"

namespace xenolith::hvm {
namespace {

constexpr u16 real_data = 0x93, real_code = 0x9b, ldt = 0x82, busy_tss = 0x8b;
constexpr u16 flat_code = 0xc9b, flat_data = 0xc93;
constexpr Segment all_segments[] = {Segment::es, Segment::cs, Segment::ss, Segment::ds, Segment::fs, Segment::gs};

}  // namespace

void set_initial_state(Vcpu& vcpu) {
  arch::VcpuState& state = vcpu.arch();
  VendorVcpu& hardware = *state.hardware;
  state.registers = {};
  state.registers.set_rdx(0x600);
  state.registers.rip = 0xfff0;
  state.registers.rflags = rflags::fixed;
  hardware.set_efer(0);
  hardware.set_cr0(cr0::et);
  hardware.set_cr2(0);
  hardware.set_cr3(0);
  hardware.set_cr4(0);
  hardware.set_dr7(0x400);
  for (Segment segment : all_segments) hardware.set_segment(segment, {0, real_data, 0xffff, 0});
  hardware.set_segment(Segment::cs, {0xf000, real_code, 0xffff, 0xffff0000});
  hardware.set_system_segment(SystemSegment::ldtr, {0, ldt, 0xffff, 0});
  hardware.set_system_segment(SystemSegment::tr, {0, busy_tss, 0xffff, 0});
  hardware.set_gdtr({0, 0xffff});
  hardware.set_idtr({0, 0xffff});
  hardware.flush_tlb();
}

void set_startup_state(Vcpu& vcpu, u8 page) {
  set_initial_state(vcpu);
  u32 base = u32{page} << page_shift;
  vcpu.arch().hardware->set_segment(Segment::cs, {static_cast<u16>(base >> 4), real_code, 0xffff, base});
  vcpu.arch().registers.rip = 0;
}

void set_pvh_state(Vcpu& vcpu, GuestPhysical entry, GuestPhysical start_info) {
  set_initial_state(vcpu);
  VendorVcpu& hardware = *vcpu.arch().hardware;
  hardware.set_cr0(cr0::pe | cr0::et);
  for (Segment segment : all_segments) hardware.set_segment(segment, {0, flat_data, 0xffffffff, 0});
  hardware.set_segment(Segment::cs, {0, flat_code, 0xffffffff, 0});
  hardware.set_system_segment(SystemSegment::tr, {0, busy_tss, 0x67, 0});
  vcpu.arch().registers.set_rbx(start_info.raw());
  vcpu.arch().registers.set_rdx(0);
  vcpu.arch().registers.rip = entry.raw();
}

SystemTime time_of_guest_tsc(Vcpu& vcpu, u64 tsc) {
  return when_counter_reads(vcpu.arch().tsc.host_at(tsc, arch::cycles()));
}

}  // namespace xenolith::hvm

namespace xenolith::arch {

void dump_vcpu(Vcpu& vcpu) {
  const VcpuState& state = vcpu.arch();
  if (!state.hardware) return;
  const auto& r = state.registers.gpr;
  hvm::ControlRegisters c = state.hardware->controls();
  hvm::SegmentRegister cs = state.hardware->segment(Segment::cs), ss = state.hardware->segment(Segment::ss);
  log_error("RIP:    {:04x}:[<{:016x}>]", cs.selector, state.registers.rip);
  log_error("RFLAGS: {:016x}   CONTEXT: hvm guest (d{}v{})", state.registers.rflags, vcpu.domain().id(), vcpu.id());
  log_error("rax: {:016x}   rbx: {:016x}   rcx: {:016x}", r[0], r[3], r[1]);
  log_error("rdx: {:016x}   rsi: {:016x}   rdi: {:016x}", r[2], r[6], r[7]);
  log_error("rbp: {:016x}   rsp: {:016x}   r8:  {:016x}", r[5], r[4], r[8]);
  log_error("r9:  {:016x}   r10: {:016x}   r11: {:016x}", r[9], r[10], r[11]);
  log_error("r12: {:016x}   r13: {:016x}   r14: {:016x}", r[12], r[13], r[14]);
  log_error("r15: {:016x}   cr0: {:016x}   cr4: {:016x}", r[15], c.cr0, c.cr4);
  log_error("cr3: {:016x}   cr2: {:016x}   efer: {:016x}", c.cr3, c.cr2, c.efer);
  log_error("fsb: {:016x}   gsb: {:016x}   cs: {:x}/{:x} ss: {:x}/{:x}", state.hardware->segment(Segment::fs).base,
            state.hardware->segment(Segment::gs).base, cs.selector, cs.attributes, ss.selector, ss.attributes);
  log_error("upcall: vector {:#x} pending {} refused {}; APIC: work {} priority class {}",
            state.upcall_vector.load(std::memory_order_relaxed), vcpu.upcall_pending(),
            state.upcall_refused.load(std::memory_order_relaxed), state.apic.has_pending(), state.apic.priority_class());
  const vcpu_time_info& time = vcpu.info().time;
  log_error("time: version {} tsc {:#x} time {} mul {:#x} shift {}; now tsc {:#x} time {}", time.version, time.tsc_timestamp,
            time.system_time, time.tsc_to_system_mul, i32{time.tsc_shift}, arch::cycles(), xenolith::now().raw());
  state.apic.dump();
  state.hardware->dump();
}

}  // namespace xenolith::arch
