// SPDX-License-Identifier: MIT
// Flushing after a change of a guest-physical map. Each map has a generation; a vCPU that enters the guest compares it with
// the one it has flushed for. flush_p2m() raises the generation and waits until every vCPU that was inside has left, or has
// entered again with the new generation (a vCPU that comes back at once may be seen inside each time), so that none goes on
// with old translations. Entry sets in_guest before it reads the generation, flush_p2m raises
// the generation before it reads in_guest (both sequentially consistent): one of them sees the other.
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/run.hpp>

#include "arch/x86/hvm/nested_flush.hpp"
#include "core/domain/domain.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {

namespace hvm {

void note_entry(Vcpu& vcpu) {
  arch::VcpuState& state = vcpu.arch();
  state.in_guest.store(true, std::memory_order_seq_cst);
  u64 generation = vcpu.domain().arch().p2m_generation.load(std::memory_order_seq_cst);
  if (generation == state.p2m_generation_seen.load(std::memory_order_relaxed)) return;
  state.hardware->flush_nested();
  // Pairs with the acquire in flush_p2m(): the guest does not run before the flush.
  state.p2m_generation_seen.store(generation, std::memory_order_release);
}

void note_exit(Vcpu& vcpu) { vcpu.arch().in_guest.store(false, std::memory_order_release); }

}  // namespace hvm

void arch::flush_p2m(Domain& domain) {
  u64 generation = domain.arch().p2m_generation.fetch_add(1, std::memory_order_seq_cst) + 1;
  domain.for_each_vcpu([&](Vcpu& vcpu) {
    arch::VcpuState& state = vcpu.arch();
    if (!state.in_guest.load(std::memory_order_seq_cst)) return;
    arch::poke_cpu(vcpu.run().cpu());
    // pairs with the release in note_exit()
    while (state.in_guest.load(std::memory_order_acquire) &&
           state.p2m_generation_seen.load(std::memory_order_acquire) < generation)
      arch::pause();
  });
}

}  // namespace xenolith
