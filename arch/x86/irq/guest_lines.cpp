// SPDX-License-Identifier: MIT
#include "arch/x86/irq/guest_lines.hpp"

namespace xenolith::irq {

Result<void> GuestLines::Line::start() {
  CpuSet preferred = owner_.port_.preferred_cpus(gsi_) & owner_.host_.addressable();
  HostIrq::Setup setup{.source = source_, .action = *this, .trigger = trigger_};
  if (!preferred.empty()) setup.allowed = preferred;
  Result<Own<HostIrq>> irq = HostIrq::create(owner_.host_, setup);
  if (irq.failed() && irq.error() == XEN_ENOSPC) {
    setup.allowed = CpuSet::all();
    irq = HostIrq::create(owner_.host_, setup);
  }
  irq_ = TRY(std::move(irq));
  return {};
}

InterruptAction::Verdict GuestLines::Line::fire(unsigned) {
  owner_.port_.set_line(gsi_, true);
  if (trigger_ == Trigger::level) return Verdict::pending;
  owner_.port_.set_line(gsi_, false);
  return Verdict::handled;
}

void GuestLines::Line::complete() {
  if (!irq_->is_pending()) return;
  owner_.port_.set_line(gsi_, false);
  irq_->complete();
}

// The interrupt first: it may be asserting the virtual line right now.
void GuestLines::Line::stop() {
  irq_.reset();
  if (trigger_ == Trigger::level) owner_.port_.set_line(gsi_, false);
}

Result<void> GuestLines::initialise() {
  Slots slots = TRY(Slots::create(io_apics_.gsi_end()));
  slots_.with([&](Slots& mine) { mine = std::move(slots); });
  return {};
}

Result<void> GuestLines::reserve(Gsi gsi) {
  return slots_.with([&](Slots& slots) -> Result<void> {
    if (gsi.raw() >= slots.size()) return Failure{XEN_EINVAL};
    slots[gsi.raw()].reserved = true;
    return {};
  });
}

Result<void> GuestLines::bind(Slot& slot, Gsi gsi, const LineMode& mode) {
  auto pin = io_apics_.find(gsi);
  if (!pin) return Failure{XEN_EINVAL};
  Own<Line> line = TRY(make<Line>(*this, gsi, *pin, mode.trigger, mode.polarity));
  TRY(line->start());
  slot.line = std::move(line);
  return {};
}

Result<void> GuestLines::guest_entry_changed(Gsi gsi) {
  return slots_.with([&](Slots& slots) -> Result<void> {
    if (gsi.raw() >= slots.size()) return Failure{XEN_EINVAL};
    Slot& slot = slots[gsi.raw()];
    LineMode mode = port_.mode(gsi);
    if (slot.reserved) {
      if (mode.masked) return {};
      return Failure{XEN_EBUSY};
    }
    if (slot.line && !slot.line->has(mode.trigger, mode.polarity)) {
      slot.line->stop();
      slot.line.reset();
    }
    if (!slot.line && mode.masked) return {};
    if (!slot.line) TRY(bind(slot, gsi, mode));
    slot.line->irq().set_masked(mode.masked);
    return {};
  });
}

void GuestLines::guest_eoi(Gsi gsi) {
  slots_.with([&](Slots& slots) {
    if (gsi.raw() < slots.size() && slots[gsi.raw()].line) slots[gsi.raw()].line->complete();
  });
}

void GuestLines::follow_guest(Gsi gsi) {
  slots_.with([&](Slots& slots) {
    if (gsi.raw() >= slots.size() || !slots[gsi.raw()].line) return;
    // for speed only: without room at the preferred CPUs it stays where it is
    static_cast<void>(slots[gsi.raw()].line->irq().move(port_.preferred_cpus(gsi)).failed());
  });
}

void GuestLines::release_all() {
  slots_.with([](Slots& slots) {
    for (Slot& slot : slots) {
      if (!slot.line) continue;
      slot.line->stop();
      slot.line.reset();
    }
  });
}

}  // namespace xenolith::irq
