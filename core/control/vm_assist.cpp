// SPDX-License-Identifier: MIT
#include "core/control/vm_assist.hpp"

#include "core/base/bits.hpp"
#include "core/base/interface.hpp"

namespace xenolith {

HypercallOutcome vm_assist(Vcpu& caller, const HypercallArguments& arguments) {
  // What a domain with its own page tables can want; the others concern PV's.
  constexpr u64 types = bit(VMASST_TYPE_runstate_update_flag);
  u32 command = static_cast<u32>(arguments[0]), type = static_cast<u32>(arguments[1]);
  if (type >= 32 || !(types & bit(type))) return Failure{XEN_EINVAL};
  std::atomic<u32>& assists = caller.domain().vm_assist;
  u32 mask = static_cast<u32>(bit(type));
  switch (command) {
    case VMASST_CMD_enable: assists.fetch_or(mask, std::memory_order_relaxed); return i64{0};
    case VMASST_CMD_disable: assists.fetch_and(~mask, std::memory_order_relaxed); return i64{0};
    default: return Failure{XEN_ENOSYS};
  }
}

}  // namespace xenolith
