// SPDX-License-Identifier: MIT
// What a hypercall is to its handlers: arguments, outcome, table row.
#pragma once

#include <arch/cpu.hpp>

#include <array>

#include "core/base/result.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/guest_handle.hpp"

namespace xenolith {

// The arguments as the guest passed them; handlers check and convert.
struct HypercallArguments {
  std::array<u64, 5> value;
  u64 operator[](unsigned index) const { return value[index]; }
};

// How a hypercall went: done with a value for the guest, or not finished: to be made again with the arguments
// given (progress is in them or in objects), after pending work of this CPU has been done.
class [[nodiscard]] HypercallOutcome {
 public:
  HypercallOutcome(i64 value) : value_{value} {}
  HypercallOutcome(Failure failure) : value_{-static_cast<i64>(failure.error)} {}
  HypercallOutcome(const Result<void>& result) : value_{status_of(result)} {}
  HypercallOutcome(Result<i64> result) : value_{result ? *result : -static_cast<i64>(result.error())} {}
  static HypercallOutcome again(const HypercallArguments& arguments) {
    HypercallOutcome outcome{i64{0}};
    outcome.again_ = true;
    outcome.arguments_ = arguments;
    return outcome;
  }

  bool is_done() const { return !again_; }
  i64 value() const { return value_; }
  const HypercallArguments& arguments() const { return arguments_; }

 private:
  i64 value_;
  bool again_ = false;
  HypercallArguments arguments_;  // of what is to be made again; else without values
};

using HypercallHandler = HypercallOutcome (*)(Vcpu& caller, const HypercallArguments& arguments);

// Who may make a call; checked by the table's dispatcher before the decoder runs.
enum class Caller : u8 { any, control };

// A row of a table of sub-operations (event_channel_op, domctl...): rows are found by number.
struct HypercallRow {
  u32 number;
  const char* name;
  Caller caller;
  HypercallHandler handler;
};

// The row with this number, or nullptr.
const HypercallRow* find_row(std::span<const HypercallRow> table, u64 number);
// Looks up, checks the caller and calls: ENOSYS if there is no row, EPERM if the caller may not.
HypercallOutcome dispatch(std::span<const HypercallRow> table, u64 number, Vcpu& caller,
                          const HypercallArguments& arguments);

// The same for a row that was found: EPERM if the caller may not.
inline HypercallOutcome call_row(const HypercallRow& row, Vcpu& caller, const HypercallArguments& arguments) {
  if (row.caller == Caller::control && !caller.domain().is_control()) return Failure{XEN_EPERM};
  arch::speculation_barrier();  // the number and the permission were the guest's to choose
  return row.handler(caller, arguments);
}

// True when this CPU has other work waiting and long work should return `again`. Handlers ask between bounded steps.
// Defined by core/run.
bool preemption_due();

}  // namespace xenolith
