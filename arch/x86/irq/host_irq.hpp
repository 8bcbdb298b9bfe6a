// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "arch/x86/irq/interrupt_source.hpp"
#include "core/base/cpu_set.hpp"
#include "core/base/lock.hpp"
#include "core/base/own.hpp"

namespace xenolith::irq {

class HostInterrupts;

// One source of host interrupts and its place in the vector tables: a block of 1 to 32 vectors of one CPU. While a
// source is moved, the old vectors stay valid: until the first interrupt on the new ones shows that the source sends no
// more to the old ones, and then until the old CPU has taken what was under way (VectorTables).
class HostIrq final {
 public:
  struct Setup {
    InterruptSource& source;  // both outlive the HostIrq
    InterruptAction& action;
    Trigger trigger = Trigger::edge;
    unsigned count = 1;  // interrupts of the source: a power of two up to 32; level-triggered ones have 1
    CpuSet allowed = CpuSet::all();
  };

  // Allocates vectors and points the source at them; the source stays masked until set_masked(false). Fails with
  // ENOMEM, ENOSPC (no vector), ERANGE (no allowed CPU can be addressed) and what InterruptSource::route fails with.
  static Result<Own<HostIrq>> create(HostInterrupts& host, const Setup& setup);
  // Masks the source and waits until no CPU runs the action any more. Process context; not from an action.
  ~HostIrq();
  HostIrq(HostInterrupts& host, const Setup& setup) : host_{host}, setup_{setup} {}  // for create()
  HostIrq(const HostIrq&) = delete;

  void set_masked(bool masked);
  // The level-triggered interrupt that is pending has been dealt with. Without a pending one nothing happens.
  void complete();
  bool is_pending() const;

  // Moves to a CPU of `allowed`, at once or at the next interrupt as the source demands; nothing to do if it is on one.
  // Fails with EBUSY while an earlier move is not over, and as create() does; it stays where it is then.
  Result<void> move(const CpuSet& allowed);
  VectorSlot slot() const;

 private:
  friend class HostInterrupts;

  enum class HandOver : u8 { none, awaited, retiring };
  struct State {
    std::optional<VectorSlot> now;  // nothing before and after life
    VectorSlot previous{};          // valid unless hand_over is none
    HandOver hand_over = HandOver::none;
    unsigned retiring = 0;          // vectors of `previous` that are not reaped yet
    bool masked = true;
    bool in_service = false;
    bool move_wanted = false;
    CpuSet wanted;
  };

  // From HostInterrupts::dispatch(): an interrupt came on `arrival`. Acknowledges it and tells the action.
  void arrive(VectorSlot arrival);
  // From HostInterrupts::reap().
  void reaped(VectorSlot slot);

  std::optional<unsigned> note_arrival(State& state, VectorSlot arrival);
  void finish_hand_over(State& state);
  void move_if_wanted(State& state);
  Result<void> occupy(State& state, const CpuSet& allowed);
  void apply_mask(const State& state) { setup_.source.set_masked(state.masked || state.in_service); }
  bool is_level() const { return setup_.trigger == Trigger::level; }
  std::optional<unsigned> index_in(VectorSlot block, VectorSlot arrival) const;

  HostInterrupts& host_;
  const Setup setup_;
  Locked<State, LockRank::irq_routing, IrqSafety::interrupt> state_;
};

}  // namespace xenolith::irq
