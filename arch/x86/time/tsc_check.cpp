// SPDX-License-Identifier: MIT
#include "arch/x86/time/tsc_check.hpp"

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/time/cpu_time.hpp"
#include "core/base/bits.hpp"
#include "core/base/log.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith {

constinit TscTrust tsc_trust = TscTrust::by_features;

bool tsc_is_constant() {
  constexpr u32 leaf = 0x80000007;
  if (tsc_trust != TscTrust::by_features) return tsc_trust == TscTrust::always;
  return cpuid(0x80000000).eax >= leaf && (cpuid(leaf).edx & bit(8)) != 0;
}

bool check_tscs() {
  constexpr unsigned attempts = 20;
  CpuSet online = Dispatcher::online();
  for (unsigned cpu = 0; cpu < arch::max_cpus; ++cpu) {
    if (!online.contains(CpuId{cpu}) || CpuId{cpu} == arch::this_cpu()) continue;
    for (unsigned i = 0; i < attempts; ++i) {
      u64 there = 0;
      u64 before = ordered_cycles();
      remote_call(CpuId{cpu}, [](void* value) { *static_cast<u64*>(value) = ordered_cycles(); }, &there);
      u64 after = ordered_cycles();
      if (there >= before && there <= after) continue;
      log_warning("TSC of CPU{} is not synchronous: {:#x} between {:#x} and {:#x}", cpu, there, before, after);
      return false;
    }
  }
  return true;
}

}  // namespace xenolith
