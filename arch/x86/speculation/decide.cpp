// SPDX-License-Identifier: MIT
#include "arch/x86/speculation/decide.hpp"

#include <algorithm>
#include <iterator>

namespace xenolith::speculation {
namespace {

// Models of Intel's family 6 without the fault, whatever ARCH_CAPABILITIES says: Atoms, and Xeon Phi.
// Source: Intel, "Affected Processors: Transient Execution Attacks & Related Security Issues by CPU".
constexpr unsigned without_l1_fault[] = {0x1c, 0x26, 0x27, 0x35, 0x36, 0x37, 0x4a, 0x4c, 0x4d, 0x57,
                                         0x5a, 0x5c, 0x5d, 0x5f, 0x75, 0x7a, 0x85, 0x86};
// The same for the buffers.
constexpr unsigned without_buffer_leak[] = {0x1c, 0x26, 0x27, 0x35, 0x36, 0x5c, 0x5f, 0x7a};
// From here on the return stack, when empty, is filled from the indirect predictor: Skylake and later.
constexpr unsigned first_skylake_client = 0x4e, skylake_server = 0x55;

bool is_family6(const SpeculationFacts& facts) { return facts.is_intel() && facts.family == 6; }
template <size_t n>
bool is_in(const unsigned (&models)[n], unsigned model) {
  return std::find(std::begin(models), std::end(models), model) != std::end(models);
}
bool is_skylake_or_later(unsigned model) {
  constexpr unsigned broadwell_and_atoms_above[] = {0x4f, 0x56, 0x57, 0x5a, 0x5c, 0x5d, 0x5f, 0x75, 0x7a, 0x85, 0x86, 0x96, 0x9c};
  return model >= first_skylake_client && !is_in(broadwell_and_atoms_above, model);
}

void decide_branches(const SpeculationFacts& facts, const Wishes& wishes, Mitigations& made) {
  bool thunks = facts.built_with_thunks;
  bool safe = thunks && is_retpoline_safe(facts);
  bool ibrs = wishes.ibrs.value_or(!safe && !wishes.thunk) && facts.has_ibrs();
  made.thunk = thunks ? wishes.thunk.value_or(safe && !ibrs ? Thunk::retpoline : Thunk::jmp) : Thunk::jmp;
  if (ibrs) made.host_spec_ctrl |= control::ibrs;
  bool stibp = wishes.stibp.value_or((facts.leaf8_ebx & leaf8::stibp_always) || (ibrs && facts.smt));
  if (stibp && facts.has_stibp()) made.host_spec_ctrl |= control::stibp;
}

void decide_stores(const SpeculationFacts& facts, const Wishes& wishes, Mitigations& made) {
  if (wishes.ssbd.value_or(false) && facts.has_ssbd()) made.host_spec_ctrl |= control::ssbd;
  if (wishes.psfd.value_or(false) && facts.has_psfd()) made.host_spec_ctrl |= control::psfd;
}

// Without SPEC_CTRL for guests there is nothing of theirs in the register that the hypervisor would have to replace.
void decide_guests(const SpeculationFacts& facts, const Wishes& wishes, Mitigations& made) {
  made.guests_have_spec_ctrl = facts.has_spec_ctrl() && wishes.spec_ctrl_for_guests.value_or(true);
  made.switches_spec_ctrl = made.guests_have_spec_ctrl || made.host_spec_ctrl != 0;
  made.guests_have_ibpb = facts.has_ibpb();
}

void decide_barriers(const SpeculationFacts& facts, const Wishes& wishes, Mitigations& made) {
  made.ibpb_after_exit = facts.has_ibpb() && wishes.ibpb_entry.value_or(confuses_branch_types(facts));
  made.ibpb_between_vcpus = facts.has_ibpb() && wishes.ibpb.value_or(true);
  made.stuff_rsb = wishes.rsb.value_or(true);
}

void decide_caches(const SpeculationFacts& facts, const Wishes& wishes, Mitigations& made) {
  bool needs_flush = leaks_l1(facts) && !(facts.capabilities & capability::skip_l1d_flush);
  made.l1d_flush = facts.has_l1d_flush() && wishes.l1d_flush.value_or(needs_flush);
  // The flush overwrites the buffers as well, where VERW does: Intel, "Deep Dive: Intel Analysis of Microarchitectural Data Sampling".
  bool clears = facts.has_md_clear() || (facts.capabilities & capability::fb_clear);
  bool needs_clearing = leaks_buffers(facts) && !(made.l1d_flush && facts.has_md_clear());
  made.verw = clears && wishes.verw.value_or(needs_clearing);
}

}  // namespace

bool leaks_l1(const SpeculationFacts& facts) {
  return is_family6(facts) && !(facts.capabilities & capability::rdcl_no) && !is_in(without_l1_fault, facts.model);
}

bool leaks_buffers(const SpeculationFacts& facts) {
  if (!is_family6(facts) || is_in(without_buffer_leak, facts.model)) return false;
  bool sampling = !(facts.capabilities & capability::mds_no);
  bool aborts = facts.has_tsx && !(facts.capabilities & capability::taa_no);
  bool stale_fills = facts.capabilities & capability::fb_clear && !(facts.capabilities & capability::fbsdp_no);
  return sampling || aborts || stale_fills;
}

// AMD, "Technical Guidance for Mitigating Branch Type Confusion": family 17h and older, unless the processor says otherwise.
bool confuses_branch_types(const SpeculationFacts& facts) {
  return facts.is_amd() && facts.family >= 0x15 && facts.family <= 0x17 && !(facts.leaf8_ebx & leaf8::btc_no);
}

// A retpoline needs a return stack that is not filled from elsewhere. Intel, "Retpoline: A Branch Target Injection Mitigation".
bool is_retpoline_safe(const SpeculationFacts& facts) {
  if (facts.is_amd()) return true;
  if (!is_family6(facts)) return false;
  if (facts.capabilities & (capability::rsba | capability::rrsba)) return false;
  return !is_skylake_or_later(facts.model) && facts.model != skylake_server;
}

// A guest need not flush where the hypervisor does before it enters any.
u64 guest_capabilities(const SpeculationFacts& facts, const Mitigations& made) {
  constexpr u64 shown = capability::rdcl_no | capability::ibrs_all | capability::rsba | capability::skip_l1d_flush |
                        capability::ssb_no | capability::mds_no | capability::page_size_change_no | capability::taa_no |
                        capability::sbdr_ssdp_no | capability::fbsdp_no | capability::psdp_no | capability::fb_clear |
                        capability::rrsba | capability::bhi_no | capability::pbrsb_no | capability::gds_no | capability::rfds_no;
  return (facts.capabilities & shown) | (made.l1d_flush ? capability::skip_l1d_flush : 0);
}

Mitigations decide(const SpeculationFacts& facts, const Wishes& wishes) {
  Mitigations made;
  decide_branches(facts, wishes, made);
  decide_stores(facts, wishes, made);
  decide_guests(facts, wishes, made);
  decide_barriers(facts, wishes, made);
  decide_caches(facts, wishes, made);
  return made;
}

}  // namespace xenolith::speculation
