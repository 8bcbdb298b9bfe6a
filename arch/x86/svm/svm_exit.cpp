// SPDX-License-Identifier: MIT
// From the exit codes of SVM (AMD64 APM volume 2, appendix C "SVM Intercept Exit Codes") to hvm::Exit.
#include <array>

#include "arch/x86/hvm/guest_policy.hpp"
#include "arch/x86/svm/decode_assist.hpp"
#include "arch/x86/svm/svm.hpp"
#include "arch/x86/svm/svm_vcpu.hpp"

namespace xenolith::svm {
namespace {

using hvm::Exit;
using hvm::ExitReason;

struct Mapping {
  u64 first, last;
  ExitReason reason;
};
// The first that has a code counts. Without exit_invalid, which is -1.
constexpr Mapping mappings[] = {
    {exit_cr_read, exit_cr_write + 15, ExitReason::control_register},
    {exit_dr_read, exit_dr_write + 15, ExitReason::debug_register},
    {exit_intr, exit_intr, ExitReason::interrupt},
    {exit_smi, exit_init, ExitReason::interrupt},
    {exit_nmi, exit_nmi, ExitReason::nmi},
    {exit_vintr, exit_vintr, ExitReason::interrupt_window},
    {exit_cr0_selective, exit_cr0_selective, ExitReason::control_register},
    {exit_idtr_read, exit_tr_write, ExitReason::descriptor_table},
    {exit_rdtsc, exit_rdtsc, ExitReason::rdtsc},
    {exit_rdpmc, exit_rdpmc, ExitReason::rdpmc},
    {exit_cpuid, exit_cpuid, ExitReason::cpuid},
    {exit_rsm, exit_rsm, ExitReason::rsm},
    {exit_invd, exit_invd, ExitReason::invd},
    {exit_pause, exit_pause, ExitReason::pause},
    {exit_hlt, exit_hlt, ExitReason::hlt},
    {exit_invlpg, exit_invlpg, ExitReason::invlpg},
    {exit_invlpga, exit_invlpga, ExitReason::virtualisation_instruction},
    {exit_task_switch, exit_task_switch, ExitReason::task_switch},
    {exit_ferr_freeze, exit_ferr_freeze, ExitReason::interrupt},
    {exit_shutdown, exit_shutdown, ExitReason::shutdown},
    {exit_vmmcall, exit_vmmcall, ExitReason::hypercall},
    {exit_vmrun, exit_skinit, ExitReason::virtualisation_instruction},
    {exit_rdtscp, exit_rdtscp, ExitReason::rdtscp},
    {exit_icebp, exit_icebp, ExitReason::icebp},
    {exit_wbinvd, exit_wbinvd, ExitReason::wbinvd},
    {exit_monitor, exit_monitor, ExitReason::monitor},
    {exit_mwait, exit_mwait_armed, ExitReason::mwait},
    {exit_xsetbv, exit_xsetbv, ExitReason::xsetbv},
};

constexpr size_t codes = 256;
constexpr std::array<ExitReason, codes> reasons_by_code() {
  std::array<ExitReason, codes> reasons;
  reasons.fill(ExitReason::unknown);
  for (const Mapping& mapping : mappings)
    for (u64 code = mapping.first; code <= mapping.last; ++code)
      if (reasons[code] == ExitReason::unknown) reasons[code] = mapping.reason;
  return reasons;
}
constexpr std::array<ExitReason, codes> reasons = reasons_by_code();
static_assert(reasons[exit_vmmcall] == ExitReason::hypercall && reasons[exit_vmrun] == ExitReason::virtualisation_instruction);

}  // namespace

hvm::Exit SvmVcpu::decode_exit() {
  Exit exit;
  u64 code = vmcb_.exit_code;
  exit.code = code;
  if (features().next_rip_save) exit.instruction_length = length_between(vmcb_.rip, vmcb_.next_rip);
  if (code == exit_nested_page_fault) {
    exit.reason = ExitReason::nested_fault;
    exit.guest_physical = vmcb_.exit_info2;
    exit.write = NestedFault::Write::get(vmcb_.exit_info1);
    exit.execute = NestedFault::Fetch::get(vmcb_.exit_info1);
    if (features().decode_assists) exit.instruction_bytes = fetched_bytes(vmcb_);
  } else if (code == exit_msr) {
    exit.reason = vmcb_.exit_info1 & 1 ? ExitReason::wrmsr : ExitReason::rdmsr;
  } else if (code == exit_io) {
    u64 info = vmcb_.exit_info1;
    exit.reason = ExitReason::io;
    exit.port = static_cast<u16>(IoInformation::Port::get(info));
    exit.io_size = static_cast<u8>(IoInformation::Size::get(info));
    exit.io_in = IoInformation::In::get(info);
    exit.io_string = IoInformation::String::get(info);
    exit.io_rep = IoInformation::Repeat::get(info);
    exit.instruction_length = length_between(vmcb_.rip, vmcb_.exit_info2);  // always the next RIP
  } else if (code >= exit_exception && code < exit_exception + 32) {
    exit.reason = ExitReason::exception;
    exit.vector = static_cast<u8>(code - exit_exception);
    exit.has_error = hvm::exception_has_error(exit.vector);
    exit.error = static_cast<u32>(vmcb_.exit_info1);
    exit.fault_address = vmcb_.exit_info2;
    if (exit.vector == hvm::exception_vector::machine_check) exit.reason = ExitReason::machine_check;
  } else {
    exit.reason = code < codes ? reasons[code] : code == exit_invalid ? ExitReason::invalid_state : ExitReason::unknown;
  }
  return exit;
}

}  // namespace xenolith::svm
