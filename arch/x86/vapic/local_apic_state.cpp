// SPDX-License-Identifier: MIT
// LocalApic's state in the records LAPIC and LAPIC_REGS (<xen/arch-x86/hvm/save.h>).
#include <cstring>

#include "arch/x86/vapic/local_apic.hpp"
#include "arch/x86/vapic/local_vector.hpp"
#include "arch/x86/vapic/register_rules.hpp"

namespace xenolith::vapic {

namespace {
constexpr u32 software_disabled = 1, hardware_disabled = 2;  // hvm_hw_lapic::disabled
constexpr u32 exception_vectors = 0xffff;                    // of a bitmap's first register

u32 get(const hvm_hw_lapic_regs& registers, ApicRegister number) {
  u32 value;
  std::memcpy(&value, registers.data + static_cast<unsigned>(number) * 16, sizeof value);
  return value;
}
void put(hvm_hw_lapic_regs& registers, ApicRegister number, u32 value) {
  std::memcpy(registers.data + static_cast<unsigned>(number) * 16, &value, sizeof value);
}
}  // namespace

static_assert(sizeof(hvm_hw_lapic_regs) == RegisterPage::bytes);

void LocalApic::export_state(hvm_hw_lapic& state, hvm_hw_lapic_regs& registers) {
  collect_all();
  state = {};
  state.apic_base_msr = base();
  state.disabled =
      (is_software_enabled() ? 0 : software_disabled) | (mode_ == ApicMode::disabled ? hardware_disabled : 0);
  state.timer_divisor = timer_.divisor();
  state.tdt_msr = timer_.tsc_deadline();
  registers = {};
  for (unsigned i = 0; i < apic_register_count; ++i)
    put(registers, static_cast<ApicRegister>(i), page_.get(static_cast<ApicRegister>(i)));
  put(registers, ApicRegister::timer_initial, timer_.initial_count());
  put(registers, ApicRegister::timer_current, timer_.current_count());
  put(registers, ApicRegister::timer_divide, timer_.divide_configuration());
}

Result<void> LocalApic::import_state(const hvm_hw_lapic& state, const hvm_hw_lapic_regs& registers) {
  auto mode = mode_of(state.apic_base_msr);
  if (!mode) return Failure{XEN_EINVAL};
  mode_ = *mode;
  reset_registers();
  for (unsigned i = 0; i < apic_register_count; ++i) {
    auto number = static_cast<ApicRegister>(i);
    restore_register(number, get(registers, number));
  }
  if (!is_software_enabled()) mask_lvt();
  in_service_ = page_.highest(ApicRegister::in_service).value_or(Vector{0});
  update_priority();
  publish();
  restore_timer(state, get(registers, ApicRegister::timer_initial), get(registers, ApicRegister::timer_current),
                get(registers, ApicRegister::timer_divide));
  restore_requests();
  return {};
}

// Brings in what software could have written, or senders set; what is derived or constant stays as reset left it.
void LocalApic::restore_register(ApicRegister number, u32 value) {
  auto in = [number](ApicRegister first) { return number >= first && number < first + vector_groups; };
  if (in(ApicRegister::in_service) || in(ApicRegister::trigger_mode) || in(ApicRegister::request)) {
    bool first = (static_cast<unsigned>(number) & (vector_groups - 1)) == 0;
    page_.set(number, first ? value & ~exception_vectors : value);
    return;
  }
  if (number == ApicRegister::error_status) {
    page_.set(number, value & 0xff);
    return;
  }
  bool x2apic = mode_ == ApicMode::x2apic;
  if (number == ApicRegister::command_high && x2apic) {
    page_.set(number, value);
    return;
  }
  const RegisterRule& rule = rule_of(number);
  if (!(rule.access & (x2apic ? RegisterRule::x2apic_write : RegisterRule::write))) return;
  if (number == ApicRegister::end_of_interrupt || number == ApicRegister::self_ipi) return;
  value &= writable_bits(number);
  page_.set(number, number == ApicRegister::destination_format ? value | 0x0fff'ffff : value);
}

void LocalApic::restore_timer(const hvm_hw_lapic& state, u32 initial, u32 current, u32 divide) {
  timer_.set_mode(LocalVector{page_.get(ApicRegister::lvt_timer)}.timer_mode());
  timer_.set_divide_configuration(divide);
  if (timer_.mode() != ApicTimer::Mode::tsc_deadline) timer_.restore_counts(initial, current);
  else if (timer_.set_tsc_deadline(state.tdt_msr)) deliver_local(ApicRegister::lvt_timer);
}

void LocalApic::restore_requests() {
  triggers_changed_ = true;
  for (unsigned i = 0; i < vector_groups; ++i) settle(i);
  if (has_pending()) port_.wake();
}

}  // namespace xenolith::vapic
