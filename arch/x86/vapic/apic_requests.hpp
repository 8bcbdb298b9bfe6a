// SPDX-License-Identifier: MIT
// ApicRequests: what senders have asked of a local APIC and its vCPU has not fetched yet. Only here do other CPUs write; the register
// page, into which the vCPU's own CPU moves it, may at the same time be the processor's, which changes it without asking
// (Intel SDM volume 3C, section 30.1.1 "Virtualized APIC Registers").
#pragma once

#include <array>
#include <atomic>

#include "arch/x86/vapic/apic_message.hpp"
#include "arch/x86/vapic/register_page.hpp"

namespace xenolith::vapic {

class ApicRequests {
 public:
  // Any CPU. True if the vector was not asked for before. Sequentially consistent: see LocalApic::accept().
  bool post(Vector vector, Trigger trigger) {
    u32 mask = 1u << (vector.raw() % 32);
    std::atomic<u32>& level = level_[RegisterPage::group_of(vector)];
    bool is_level = trigger == Trigger::level;
    if (((level.load(std::memory_order_relaxed) & mask) != 0) != is_level) {  // published by the request
      if (is_level) level.fetch_or(mask, std::memory_order_relaxed);
      else level.fetch_and(~mask, std::memory_order_relaxed);
    }
    return (requested_[RegisterPage::group_of(vector)].fetch_or(mask, std::memory_order_seq_cst) & mask) == 0;
  }
  bool has(unsigned group) const { return requested_[group].load(std::memory_order_seq_cst) != 0; }

  // The vCPU's own CPU: a group's requests, once, and which of its vectors were last asked for by level.
  struct Group {
    u32 requested = 0, level = 0;
  };
  Group take(unsigned group) {
    u32 requested = requested_[group].exchange(0, std::memory_order_seq_cst);
    return {requested, level_[group].load(std::memory_order_relaxed)};
  }

 private:
  std::array<std::atomic<u32>, vector_groups> requested_{}, level_{};
};

}  // namespace xenolith::vapic
