// SPDX-License-Identifier: MIT
#include "arch/x86/irq/host_irq.hpp"

#include "arch/x86/irq/host_interrupts.hpp"

namespace xenolith::irq {

Result<Own<HostIrq>> HostIrq::create(HostInterrupts& host, const Setup& setup) {
  if (setup.trigger == Trigger::level && setup.count != 1) return Failure{XEN_EINVAL};
  Own<HostIrq> irq = TRY(make<HostIrq>(host, setup));
  TRY(irq->state_.with([&](State& state) -> Result<void> {
    irq->apply_mask(state);
    return irq->occupy(state, setup.allowed);
  }));
  return Result<Own<HostIrq>>{std::move(irq)};
}

HostIrq::~HostIrq() {
  VectorTables& tables = host_.tables();
  State last = state_.with([&](State& state) {
    State copy = state;
    state.masked = true;
    apply_mask(state);
    if (state.now) tables.disown(*state.now, setup_.count, *this);
    if (state.hand_over != HandOver::none) tables.disown(state.previous, setup_.count, *this);
    state.now.reset();
    return copy;
  });
  host_.gate().synchronise();
  if (last.now) host_.retire(*last.now, setup_.count);
  if (last.hand_over == HandOver::awaited) host_.retire(last.previous, setup_.count);
}

Result<void> HostIrq::occupy(State& state, const CpuSet& allowed) {
  CpuSet addressable = allowed & host_.addressable();
  if (addressable.empty()) return Failure{XEN_ERANGE};
  VectorSlot slot = TRY(host_.tables().allocate(*this, addressable, setup_.count));
  Result<void> routed = setup_.source.route(host_.apic().apic_id(slot.cpu), slot.vector);
  if (routed.failed()) {
    host_.tables().disown(slot, setup_.count, *this);
    host_.retire(slot, setup_.count);
    return routed;
  }
  if (state.now) {
    state.previous = *state.now;
    state.hand_over = HandOver::awaited;
  }
  state.now = slot;
  return {};
}

void HostIrq::set_masked(bool masked) {
  state_.with([&](State& state) {
    state.masked = masked;
    apply_mask(state);
  });
}

bool HostIrq::is_pending() const {
  return state_.with([](const State& state) { return state.in_service; });
}

VectorSlot HostIrq::slot() const {
  return state_.with([](const State& state) { return state.now.value_or(VectorSlot{}); });
}

void HostIrq::complete() {
  state_.with([&](State& state) {
    if (!state.in_service) return;
    setup_.source.end_of_interrupt();
    state.in_service = false;
    move_if_wanted(state);
    apply_mask(state);
  });
}

Result<void> HostIrq::move(const CpuSet& allowed) {
  return state_.with([&](State& state) -> Result<void> {
    state.move_wanted = false;
    if (!state.now || allowed.contains(state.now->cpu)) return {};
    if (state.hand_over != HandOver::none) return Failure{XEN_EBUSY};
    if ((allowed & host_.addressable()).empty()) return Failure{XEN_ERANGE};
    if (setup_.source.moves() == InterruptSource::Moves::any_time) return occupy(state, allowed);
    state.move_wanted = true;
    state.wanted = allowed;
    return {};
  });
}

// Moving is for speed only: if it fails the interrupt stays where it is.
void HostIrq::move_if_wanted(State& state) {
  if (!state.move_wanted || state.hand_over != HandOver::none) return;
  state.move_wanted = false;
  static_cast<void>(occupy(state, state.wanted).failed());
}

std::optional<unsigned> HostIrq::index_in(VectorSlot block, VectorSlot arrival) const {
  unsigned index = unsigned{arrival.vector.raw()} - block.vector.raw();
  if (arrival.cpu != block.cpu || index >= setup_.count) return std::nullopt;
  return index;
}

void HostIrq::finish_hand_over(State& state) {
  state.hand_over = HandOver::retiring;
  state.retiring = setup_.count;
  host_.retire(state.previous, setup_.count);
}

std::optional<unsigned> HostIrq::note_arrival(State& state, VectorSlot arrival) {
  if (!state.now) return std::nullopt;
  std::optional<unsigned> index = index_in(*state.now, arrival);
  if (index && state.hand_over == HandOver::awaited) finish_hand_over(state);
  if (!index && state.hand_over != HandOver::none) index = index_in(state.previous, arrival);
  if (index && is_level()) {
    state.in_service = true;
    apply_mask(state);
  }
  return index;
}

// The order matters for a level-triggered interrupt: masked first, so that completing it at the local APIC, which lets
// the IO-APIC look at the line again, does not bring it straight back.
void HostIrq::arrive(VectorSlot arrival) {
  std::optional<unsigned> index = state_.with([&](State& state) { return note_arrival(state, arrival); });
  host_.apic().end_of_interrupt();
  if (!index) return;
  if (!is_level()) state_.with([&](State& state) { move_if_wanted(state); });
  if (setup_.action.fire(*index) == InterruptAction::Verdict::handled && is_level()) complete();
}

void HostIrq::reaped(VectorSlot slot) {
  state_.with([&](State& state) {
    if (state.hand_over != HandOver::retiring || !index_in(state.previous, slot)) return;
    if (--state.retiring == 0) state.hand_over = HandOver::none;
  });
}

}  // namespace xenolith::irq
