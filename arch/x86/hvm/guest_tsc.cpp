// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/guest_tsc.hpp"

#include <arch/domain_state.hpp>

#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/tsc_choice.hpp"
#include "arch/x86/time/time.hpp"
#include "core/base/log.hpp"
#include "core/console/debug_keys.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

void show_counters(char key) {
  log_info("'{}' pressed -> time stamp counters of domains, host {} kHz", key, tsc_khz());
  for (Domain* domain = DomainTable::next(DomainId{0}); domain;
       domain = DomainTable::next(DomainId{static_cast<u16>(domain->id().raw() + 1)})) {
    const arch::DomainTsc& tsc = domain->arch().tsc;
    log_info("dom{}: mode={},khz={},inc={},ratio={:#x}{}", domain->id(), tsc.mode, domain_tsc_khz(*domain), tsc.incarnation,
             tsc.counter.ratio.value, tsc.reads_exit ? ",emulated" : "");
  }
}

}  // namespace

u64 guest_tsc(const Vcpu& vcpu) { return vcpu.arch().tsc.at(arch::cycles()); }

void set_guest_tsc(Vcpu& vcpu, const GuestCounter& counter) {
  vcpu.arch().tsc = counter;
  vcpu.arch().hardware->set_tsc(counter, vcpu.domain().arch().tsc.reads_exit);
}

Result<void> set_domain_tsc(Domain& domain, u32 mode, u32 khz) {
  const TscChoice choice = TRY(choose_tsc(mode, khz, tsc_khz(), vendor()->tsc_scaling()));
  arch::DomainTsc& tsc = domain.arch().tsc;
  const bool is_new = choice.ratio != tsc.counter.ratio || choice.reads_exit != tsc.reads_exit;
  tsc.mode = mode;
  tsc.khz = choice.khz;
  if (!is_new) return {};
  tsc.reads_exit = choice.reads_exit;
  const u64 now = arch::cycles();
  tsc.counter = tsc.counter.with(choice.ratio, now);
  domain.for_each_vcpu([&](Vcpu& vcpu) { set_guest_tsc(vcpu, vcpu.arch().tsc.with(choice.ratio, now)); });
  return {};
}

u32 domain_tsc_khz(const Domain& domain) {
  const u32 khz = domain.arch().tsc.khz;
  return khz ? khz : tsc_khz();
}

void handle_rdtsc(Vcpu& vcpu, const Exit& exit) {
  if (skip_instruction(vcpu, exit, ExitKind::rdtsc)) return vcpu.arch().registers.set_edx_eax(guest_tsc(vcpu));
  handle_rdtscp(vcpu, exit);  // QEMU's emulation tells this reason for both
}

void handle_rdtscp(Vcpu& vcpu, const Exit& exit) {
  if (!skip_instruction(vcpu, exit, ExitKind::rdtscp)) return;
  GuestRegisters& registers = vcpu.arch().registers;
  registers.set_edx_eax(guest_tsc(vcpu));
  registers.set_rcx(vcpu.arch().tsc_aux);
}

void register_tsc_key() { register_debug_key('s', "dump softtsc stats", show_counters); }

}  // namespace xenolith::hvm
