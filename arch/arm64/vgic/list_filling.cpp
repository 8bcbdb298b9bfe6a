// SPDX-License-Identifier: MIT
// VcpuInterface: from the interrupts' words to the list registers, and back.
// Source: Arm IHI 0048B, "Software Generated Interrupts and virtual interrupts", "List register usage"; IHI 0069, "Usage model for
// the List registers".
#include <optional>

#include "arch/arm64/vgic/distributor.hpp"

namespace xenolith::vgic {
namespace {

// Active ones first: they must be there when the guest ends them. Then the most urgent.
bool is_before(IrqWord a, u32 a_id, IrqWord b, u32 b_id) {
  bool a_active = a.has(IrqWord::active), b_active = b.has(IrqWord::active);
  if (a_active != b_active) return a_active;
  if (a.priority() != b.priority()) return a.priority() < b.priority();
  return a_id < b_id;
}

}  // namespace

void VcpuInterface::insert(const Choice& choice, Choices& choices) {
  if (choices.count == 0) {  // mostly there is one, and always a register for it
    choices.list[choices.count++] = choice;
    return;
  }
  unsigned room = hardware_->list_registers();
  unsigned at = choices.count;
  while (at > 0 && is_before(choice.word(), choice.intid, choices.list[at - 1].word(), choices.list[at - 1].intid)) --at;
  const Choice* lost = nullptr;
  Choice last{};
  if (choices.count == room) {
    last = at < room ? choices.list[room - 1] : choice;
    lost = &last;
  }
  if (at < room) {
    for (unsigned i = choices.count < room ? choices.count : room - 1; i > at; --i) choices.list[i] = choices.list[i - 1];
    choices.list[at] = choice;
    if (choices.count < room) ++choices.count;
  }
  if (lost) note_lost(*lost, choices);
}

void VcpuInterface::note_lost(const Choice& lost, Choices& choices) {
  if (lost.word().has(IrqWord::active)) {
    choices.active_left = true;
    return;
  }
  if (!choices.pending_left || is_before(lost.word(), lost.intid, choices.best_left.word(), choices.best_left.intid))
    choices.best_left = lost;
  choices.pending_left = true;
}

void VcpuInterface::consider(u32 intid, Choices& choices) {
  VirtualIrq* it = find(intid);
  if (!it) {
    choices.removed = true;
    return candidates_.remove(intid);
  }
  IrqWord word = it->load();
  if (!is_mine(intid, word) || !word.is_relevant()) {
    choices.removed = true;
    candidates_.remove(intid);
    word = it->load();  // it may have become relevant before the bit was removed
    if (!is_mine(intid, word) || !word.is_relevant()) return;
    candidates_.add(intid);
  }
  if (!word.has(IrqWord::active) && !distributor_->is_enabled()) return;
  insert({intid, word.raw}, choices);
}

// Were all registers full of active interrupts, nothing would tell when one of them is free for the most urgent pending one: that
// one gets the last.
VcpuInterface::Choices VcpuInterface::choose() {
  Choices choices;
  candidates_.for_each([&](u32 intid) { consider(intid, choices); });
  if (choices.removed || choices.count == 0) candidates_.settle();
  if (choices.pending_left && choices.list[choices.count - 1].word().has(IrqWord::active)) {
    choices.list[choices.count - 1] = choices.best_left;
    choices.active_left = true;
  }
  return choices;
}

gic::ListRegister VcpuInterface::fill(const Choice& choice, unsigned slot) {
  VirtualIrq& it = *find(choice.intid);
  bool is_loaded = false, by_latch = false, pending = false;
  IrqWord before = it.update([&](IrqWord w) {
    is_loaded = is_mine(choice.intid, w) && w.is_relevant();
    if (!is_loaded) return w;
    // What is linked with the machine's interrupt cannot be pending and active.
    pending = w.is_deliverable() && !(w.has(IrqWord::hardware) && w.has(IrqWord::active));
    by_latch = pending && w.has(IrqWord::latch);
    u32 raw = w.raw | IrqWord::loaded;
    if (pending) raw = (raw & ~IrqWord::latch) | IrqWord::loaded_pending;
    return IrqWord{raw};
  });
  loaded_[slot] = {choice.intid, is_loaded, by_latch};
  if (!is_loaded) return {};
  gic::ListRegister value{.intid = choice.intid, .physical = choice.intid, .priority = before.priority(), .pending = pending,
                          .active = before.has(IrqWord::active), .hardware = before.has(IrqWord::hardware),
                          .group1 = distributor_->version() == Version::v3};
  value.tell_end = !value.hardware && before.has(IrqWord::line) && !before.has(IrqWord::edge);
  if (choice.intid < gic::sgi_count && distributor_->version() == Version::v2) choose_source(it, choice.intid, value);
  // What is told of, or left over, has to be seen when the guest has dealt with this one; linked SPIs: see Port::guest_has_ended().
  bool is_linked_spi = value.hardware && choice.intid >= gic::private_count;
  must_look_ = must_look_ || value.tell_end || is_linked_spi || it.load().is_deliverable();
  return value;
}

// A GICv2 SGI tells who sent it, so those of several senders are taken one after the other.
void VcpuInterface::choose_source(VirtualIrq& it, u32 sgi, gic::ListRegister& value) {
  auto& sources = sgi_sources_[sgi];
  if (value.active) {
    if (value.pending) it.set(IrqWord::latch);
    value.pending = false;
    value.source = active_source_[sgi];
  } else if (u8 all = sources.load(std::memory_order_seq_cst)) {
    value.source = static_cast<u8>(std::countr_zero(all));
    sources.fetch_and(static_cast<u8>(~(1u << value.source)), std::memory_order_seq_cst);
  }
  if (sources.load(std::memory_order_seq_cst) != 0) {
    it.set(IrqWord::latch);
    value.tell_end = true;
  }
}

// LPIs take what registers are left.
unsigned VcpuInterface::fill_lpis(unsigned slot, Choices& choices) {
  unsigned room = hardware_->list_registers();
  for (std::optional<u32> lpi; slot < room && (lpi = lpis_->take()); ++slot) {
    loaded_[slot] = {*lpi, true, true};
    hardware_->write_list(slot, {.intid = *lpi, .priority = LpiSet::priority, .pending = true, .group1 = true});
  }
  choices.pending_left = choices.pending_left || lpis_->any();
  return slot;
}

void VcpuInterface::clear_lists(unsigned from) {
  for (unsigned i = from; i < stale_; ++i) hardware_->write_list(i, {});
}

// What comes after news_ has been cleared leads here again; what came before is seen.
void VcpuInterface::fill_lists() {
  collect();
  news_.store(false, std::memory_order_seq_cst);  // pairs with call_in()
  is_filled_ = true;
  bool has_lpis = lpis_ && distributor_->is_enabled() && lpis_->any();
  if (!candidates_.any() && !has_lpis) {
    clear_lists(0);
    stale_ = 0;
    return;
  }
  Choices choices = choose();
  if (has_lpis && choices.count == hardware_->list_registers() && choices.list[choices.count - 1].word().has(IrqWord::active)) {
    --choices.count;
    choices.active_left = true;
  }
  for (unsigned i = 0; i < choices.count; ++i) hardware_->write_list(i, fill(choices.list[i], i));
  unsigned used = has_lpis ? fill_lpis(choices.count, choices) : choices.count;
  clear_lists(used);
  loaded_count_ = stale_ = used;
  active_left_ = choices.active_left;
  must_look_ = must_look_ || choices.pending_left || active_left_;
  if (used != 0) hardware_->enable(choices.pending_left);
}

// An interface that may tell something is off in the hypervisor: else the maintenance interrupt would come again and again there.
void VcpuInterface::collect() {
  if (loaded_count_ == 0) return;
  is_filled_ = false;
  unsigned ends = active_left_ ? hardware_->ends_without_list() : 0;
  if (must_look_) hardware_->disable();
  must_look_ = active_left_ = false;
  for (unsigned i = 0; i < ends; ++i) end_one_without_list();
  for (unsigned i = 0; i < loaded_count_; ++i)
    if (loaded_[i].is_loaded) fold(i, hardware_->read_list(i));
  loaded_count_ = 0;
}

void VcpuInterface::fold(unsigned slot, const gic::ListRegister& value) {
  u32 intid = loaded_[slot].intid;
  if (intid >= LpiSet::first) {
    if (value.pending) lpis_->add(intid);
    return;
  }
  VirtualIrq& it = *find(intid);
  bool by_latch = loaded_[slot].by_latch;
  bool is_sgi_v2 = intid < gic::sgi_count && distributor_->version() == Version::v2;
  if (is_sgi_v2 && value.active) active_source_[intid] = value.source;
  // Somebody may have withdrawn what was pending: then loaded_pending is not set any more. The line, where it is what counts, speaks
  // for itself.
  IrqWord before = it.update([&](IrqWord w) {
    u32 raw = w.raw & ~(IrqWord::loaded | IrqWord::loaded_pending | IrqWord::active);
    if (value.active) raw |= IrqWord::active;
    if (value.pending && by_latch && w.has(IrqWord::loaded_pending)) raw |= IrqWord::latch;
    return IrqWord{raw};
  });
  if (is_sgi_v2 && value.pending && it.load().has(IrqWord::latch))
    sgi_sources_[intid].fetch_or(static_cast<u8>(1u << value.source % 8), std::memory_order_seq_cst);
  if (intid < gic::private_count) return;
  if (before.has(IrqWord::hardware) && !value.active && !value.pending) distributor_->port().guest_has_ended(Intid{intid});
  distributor_->settle_target(intid);
}

// The guest ends interrupts in the reverse order in which it took them: the most urgent first.
void VcpuInterface::end_one_without_list() {
  std::optional<Choice> best;
  candidates_.for_each([&](u32 intid) {
    VirtualIrq* it = find(intid);
    IrqWord word = it ? it->load() : IrqWord{};
    if (!is_mine(intid, word) || !word.has(IrqWord::active) || word.has(IrqWord::loaded)) return;
    if (!best || is_before(word, intid, best->word(), best->intid)) best = Choice{intid, word.raw};
  });
  if (!best) return;
  find(best->intid)->clear(IrqWord::active);
  if (best->word().has(IrqWord::hardware)) distributor_->port().deactivate_hardware(Intid{best->intid});
}

}  // namespace xenolith::vgic
