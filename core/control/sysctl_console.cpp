// SPDX-License-Identifier: MIT
// XEN_SYSCTL_readconsole, debug_keys.
#include <array>
#include <string_view>

#include "core/console/console.hpp"
#include "core/console/debug_keys.hpp"
#include "core/control/sysctl.hpp"

namespace xenolith::sysctl_operations {

HypercallOutcome read_console(SysctlCall& call) {
  TRY(Console::read(call.caller, call.op.u.readconsole));
  call.copy_back = true;
  return i64{0};
}

HypercallOutcome debug_keys(SysctlCall& call) {
  const auto& request = call.op.u.debug_keys;
  constexpr u32 most_keys = 32;
  if (request.nr_keys > most_keys) return Failure{XEN_E2BIG};
  std::array<char, most_keys> keys{};
  std::span<char> used = std::span{keys}.first(request.nr_keys);
  TRY(GuestHandle<char>{request.keys.p}.read_array(call.caller, used));
  handle_debug_keys({used.data(), used.size()});
  return i64{0};
}

}  // namespace xenolith::sysctl_operations
