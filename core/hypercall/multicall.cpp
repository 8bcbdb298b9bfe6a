// SPDX-License-Identifier: MIT
#include "core/hypercall/multicall.hpp"

#include <algorithm>

#include "core/base/interface.hpp"
#include "core/hypercall/narrow_calls.hpp"
#include "core/hypercall/table.hpp"

namespace xenolith {
namespace {

using Entry = multicall_entry_t;

HypercallArguments arguments_of(const Entry& entry) {
  return {{entry.args[0], entry.args[1], entry.args[2], entry.args[3], entry.args[4]}};
}

HypercallOutcome perform(Vcpu& caller, const Entry& entry) {
  if (entry.op == __HYPERVISOR_multicall) return Failure{XEN_EINVAL};
  if (caller.call_words() == GuestWordSize::bits32) return narrow_hypercall(caller, entry.op, arguments_of(entry));
  return hypercall(caller, entry.op, arguments_of(entry));
}

HypercallArguments rest(const Vcpu& caller, const HypercallArguments& arguments, u64 done) {
  HypercallArguments next = arguments;
  next.value[0] += done * GuestHandle<Entry>::size_for(caller);
  next.value[1] -= done;
  return next;
}

}  // namespace

HypercallOutcome multicall(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<Entry> entries{arguments[0]};
  u64 count = static_cast<u32>(arguments[1]);
  for (u64 i = 0; i < count; ++i) {
    if (i > 0 && preemption_due()) return HypercallOutcome::again(rest(caller, arguments, i));
    Entry entry = TRY(entries.read(caller, i));
    HypercallOutcome outcome = perform(caller, entry);
    if (!outcome.is_done()) {
      std::ranges::copy(outcome.arguments().value, entry.args);
      TRY(entries.write(caller, entry, i));
      return HypercallOutcome::again(rest(caller, arguments, i));
    }
    entry.result = static_cast<xen_ulong_t>(outcome.value());
    TRY(entries.write(caller, entry, i));
    // A call that stopped the vCPU takes effect before the next call is made.
    if (i + 1 < count && !caller.is_runnable()) return HypercallOutcome::again(rest(caller, arguments, i + 1));
  }
  return i64{0};
}

}  // namespace xenolith
