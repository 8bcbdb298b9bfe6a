// SPDX-License-Identifier: MIT
#include "core/hypercall/narrow_calls.hpp"

#include <algorithm>
#include <climits>

#include "core/base/interface.hpp"
#include "core/hypercall/table.hpp"

namespace xenolith {
namespace {

// While it lives, the caller's guest handles lead to the 32-bit layout.
class NarrowCall {
 public:
  explicit NarrowCall(Vcpu& caller) : caller_{caller}, before_{caller.call_words()} {
    caller.set_call_words(GuestWordSize::bits32);
  }
  ~NarrowCall() { caller_.set_call_words(before_); }
  NarrowCall(const NarrowCall&) = delete;
  NarrowCall& operator=(const NarrowCall&) = delete;

 private:
  Vcpu& caller_;
  GuestWordSize before_;  // 32 bits for a call inside a multicall
};

// Tools that control other domains are 64-bit programs on a 64-bit kernel.
HypercallOutcome refuse(Vcpu&, const HypercallArguments&) { return Failure{XEN_ENOSYS}; }

// The time comes in two arguments, low half first.
HypercallOutcome set_timer(Vcpu& caller, const HypercallArguments& arguments) {
  return hypercall(caller, __HYPERVISOR_set_timer_op, {{arguments[1] << 32 | arguments[0], 0, 0, 0, 0}});
}

// Numbers of frames that 32 bits do not hold.
HypercallOutcome memory(Vcpu& caller, const HypercallArguments& arguments) {
  HypercallOutcome outcome = hypercall(caller, __HYPERVISOR_memory_op, arguments);
  if (!outcome.is_done()) return outcome;
  return std::min<i64>(outcome.value(), INT_MAX);
}

// Calls that are not the common table's alone.
struct Row {
  u32 number;
  HypercallHandler handler;
};
constexpr Row rows[] = {
    {__HYPERVISOR_set_timer_op, set_timer}, {__HYPERVISOR_memory_op, memory},   {__HYPERVISOR_domctl, refuse},
    {__HYPERVISOR_sysctl, refuse},          {__HYPERVISOR_platform_op, refuse}, {__HYPERVISOR_hypfs_op, refuse},
};

}  // namespace

HypercallOutcome narrow_hypercall(Vcpu& caller, u64 number, const HypercallArguments& arguments) {
  NarrowCall scope{caller};
  const Row* row = std::ranges::find(rows, number, &Row::number);
  if (row != std::end(rows)) return row->handler(caller, arguments);
  return hypercall(caller, number, arguments);
}

}  // namespace xenolith
