// SPDX-License-Identifier: MIT
// LocalApic's registers as memory (xAPIC mode), and what writing each of them does in either mode.
#include "arch/x86/vapic/apic_bus.hpp"
#include "arch/x86/vapic/local_apic.hpp"
#include "arch/x86/vapic/local_vector.hpp"
#include "arch/x86/vapic/register_rules.hpp"

namespace xenolith::vapic {

namespace {
constexpr u32 version_number = 0x14;       // integrated APIC
constexpr u32 highest_lvt_entry = 5;       // six entries: no CMCI
constexpr u32 directed_eoi_offered = 1u << 24;
constexpr ApicRegister lvt_entries[] = {ApicRegister::lvt_timer,       ApicRegister::lvt_thermal,
                                        ApicRegister::lvt_performance, ApicRegister::lvt_lint0,
                                        ApicRegister::lvt_lint1,       ApicRegister::lvt_error};
constexpr u32 all_ones_below_model = 0x0fff'ffff;

struct MmioPlace {
  ApicRegister number;
  unsigned byte;  // within the register
};
// Nothing for accesses that leave the first four bytes of a register's 16.
std::optional<MmioPlace> place_of(u32 offset, unsigned width) {
  unsigned byte = offset & 0xf;
  bool is_width = width == 1 || width == 2 || width == 4;
  if (offset >= RegisterPage::bytes || !is_width || byte + width > 4) return std::nullopt;
  return MmioPlace{static_cast<ApicRegister>(offset >> 4), byte};
}
u32 low_bytes(u32 value, unsigned width) { return width >= 4 ? value : value & ((1u << width * 8) - 1); }
}  // namespace

u32 LocalApic::read_mmio(u32 offset, unsigned width) {
  auto place = place_of(offset, width);
  if (!place) return 0;
  if (!(rule_of(place->number).access & RegisterRule::read)) {
    if (!(rule_of(place->number).access & RegisterRule::write)) raise_error(error_register);
    return 0;
  }
  return low_bytes(read_register(place->number) >> place->byte * 8, width);
}

void LocalApic::write_mmio(u32 offset, unsigned width, u32 value) {
  auto place = place_of(offset, width);
  if (!place || place->byte != 0) return;
  u8 access = rule_of(place->number).access;
  if (access & RegisterRule::write)
    write_register(place->number, low_bytes(value, width) & writable_bits(place->number));
  else if (!(access & RegisterRule::read)) raise_error(error_register);
}

u32 LocalApic::version() const {
  return version_number | highest_lvt_entry << 16 | (configuration_.directed_eoi ? directed_eoi_offered : 0);
}

u32 LocalApic::writable_bits(ApicRegister number) const {
  u32 bits = rule_of(number).writable;
  if (number == ApicRegister::spurious && !configuration_.directed_eoi) bits &= ~spurious_suppress_broadcast;
  if (number == ApicRegister::lvt_timer && !configuration_.tsc_deadline) bits &= ~(1u << 18);
  return bits;
}

u32 LocalApic::read_register(ApicRegister number) {
  switch (number) {
    case ApicRegister::timer_initial: return timer_.initial_count();
    case ApicRegister::timer_current: return timer_.current_count();
    case ApicRegister::timer_divide: return timer_.divide_configuration();
    default: break;
  }
  if (number >= ApicRegister::trigger_mode && number < ApicRegister::request + vector_groups) collect_all();
  return page_.get(number);
}

// `value` holds writable bits only.
void LocalApic::write_register(ApicRegister number, u32 value) {
  switch (number) {
    case ApicRegister::task_priority:
      page_.set(number, value);
      update_priority();
      return;
    case ApicRegister::end_of_interrupt: end_of_interrupt(); return;
    case ApicRegister::destination_format: value |= all_ones_below_model; [[fallthrough]];
    case ApicRegister::logical_destination:
      page_.set(number, value);
      publish();
      return;
    case ApicRegister::spurious: write_spurious(value); return;
    case ApicRegister::error_status:
      page_.set(number, errors_.exchange(0, std::memory_order_relaxed));
      return;
    case ApicRegister::command_low:
      page_.set(number, value);
      send_command(value, page_.get(ApicRegister::command_high) >> 24);
      return;
    case ApicRegister::command_high: page_.set(number, value); return;
    case ApicRegister::timer_initial: timer_.set_initial_count(value); return;
    case ApicRegister::timer_divide: timer_.set_divide_configuration(value); return;
    default: write_lvt(number, value); return;
  }
}

void LocalApic::write_lvt(ApicRegister number, u32 value) {
  if (!is_software_enabled()) value |= LocalVector::mask_bit;
  page_.set(number, value);
  if (number == ApicRegister::lvt_timer) timer_.set_mode(LocalVector{value}.timer_mode());
}

void LocalApic::write_spurious(u32 value) {
  page_.set(ApicRegister::spurious, value);
  if (!is_software_enabled()) mask_lvt();
  publish();
}

void LocalApic::mask_lvt() {
  for (ApicRegister entry : lvt_entries) page_.set(entry, page_.get(entry) | LocalVector::mask_bit);
}

void LocalApic::send_command(u32 word, u32 destination) {
  InterruptCommand command{word};
  DeliveryMode mode = command.mode();
  bool needs_vector = mode == DeliveryMode::fixed || mode == DeliveryMode::lowest_priority;
  if (needs_vector && command.vector() < first_interrupt_vector) {
    raise_error(error_send_vector);
    return;
  }
  // The level de-assert message once ended the INIT of APICs that are long gone; it has no effect.
  if (mode == DeliveryMode::init && command.is_level() && !command.is_assert()) return;
  bus_.send(*this, {command.vector(), mode, Trigger::edge, {destination, command.is_logical()}}, command.shorthand());
}

void LocalApic::reset() {
  mode_ = ApicMode::xapic;
  reset_registers();
  events_.set_waiting(!configuration_.bootstrap);
}

// Source: Intel SDM volume 3, "Local APIC State After Power-Up or Reset". First turns the APIC off for senders.
void LocalApic::reset_registers() {
  page_.set(ApicRegister::spurious, 0xff);
  page_.set(ApicRegister::destination_format, 0xffff'ffff);
  set_identity();
  publish();
  discard_requests();
  for (unsigned i = 0; i < vector_groups; ++i) {
    page_.set(ApicRegister::in_service + i, 0);
    page_.set(ApicRegister::trigger_mode + i, 0);
  }
  in_service_ = Vector{0};
  triggers_changed_ = true;
  for (ApicRegister entry : lvt_entries) page_.set(entry, LocalVector::mask_bit);
  for (ApicRegister number : {ApicRegister::task_priority, ApicRegister::error_status, ApicRegister::command_low})
    page_.set(number, 0);
  errors_.store(0, std::memory_order_relaxed);
  timer_.reset();
  update_priority();
}

// The registers that depend on the mode: ID, logical destination and upper half of the interrupt command.
void LocalApic::set_identity() {
  bool x2apic = mode_ == ApicMode::x2apic;
  u32 id = configuration_.id.raw();
  page_.set(ApicRegister::id, x2apic ? id : id << 24);
  page_.set(ApicRegister::version, version());
  page_.set(ApicRegister::logical_destination, x2apic ? x2apic_logical_id(configuration_.id) : 0);
  page_.set(ApicRegister::command_high, 0);
}

}  // namespace xenolith::vapic
