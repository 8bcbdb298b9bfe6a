// SPDX-License-Identifier: MIT
// From what the processor says and what the command line wants to what is done. Pure: docs/speculation.md has the rules.
#pragma once

#include "arch/x86/speculation/facts.hpp"
#include "arch/x86/speculation/wishes.hpp"

namespace xenolith::speculation {

struct Mitigations {
  Thunk thunk = Thunk::jmp;
  u32 host_spec_ctrl = 0;         // SPEC_CTRL while the hypervisor runs
  bool switches_spec_ctrl = false;  // it is written after each exit, and a guest's value before each entry
  bool guests_have_spec_ctrl = false;
  bool guests_have_ibpb = false;
  bool ibpb_between_vcpus = false;
  bool ibpb_after_exit = false;
  bool stuff_rsb = false;         // after each exit
  bool l1d_flush = false;         // before each entry
  bool verw = false;              // before each entry

  bool operator==(const Mitigations&) const = default;
};

// What the processor is believed to be open to.
bool leaks_l1(const SpeculationFacts& facts);              // L1 terminal fault
bool leaks_buffers(const SpeculationFacts& facts);         // microarchitectural data sampling and its relatives
bool confuses_branch_types(const SpeculationFacts& facts);  // AMD: branches where there are none
bool is_retpoline_safe(const SpeculationFacts& facts);

// ARCH_CAPABILITIES for guests: what is true for them, too, and known.
u64 guest_capabilities(const SpeculationFacts& facts, const Mitigations& made);

Mitigations decide(const SpeculationFacts& facts, const Wishes& wishes);

}  // namespace xenolith::speculation
