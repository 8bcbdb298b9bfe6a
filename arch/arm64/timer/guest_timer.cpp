// SPDX-License-Identifier: MIT
#include "arch/arm64/timer/guest_timer.hpp"

#include <arch/domain_state.hpp>

#include <array>

#include "arch/arm64/cpu/registers.hpp"
#include "arch/arm64/timer/time.hpp"
#include "core/base/lock.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::timer {
namespace {

// Whose virtual timer each CPU has.
constinit std::array<GuestTimer*, arch::max_cpus> loaded_here{};

vgic::DomainGic& gic_of(Vcpu& vcpu) { return vcpu.domain().arch().gic(); }
vgic::VcpuInterface& interface_of(Vcpu& vcpu) { return gic_of(vcpu).cpu(vcpu.id().raw()); }
gic::Intid virtual_ppi(Vcpu& vcpu) { return gic_of(vcpu).configuration().virtual_timer_ppi; }
gic::Intid physical_ppi(Vcpu& vcpu) { return gic_of(vcpu).configuration().physical_timer_ppi; }
u64 offset_of(Vcpu& vcpu) { return gic_of(vcpu).configuration().counter_offset; }

template <void (GuestTimer::*function)()>
void call(void* context) {
  (static_cast<GuestTimer*>(context)->*function)();
}

}  // namespace

GuestTimer::GuestTimer(Vcpu& vcpu)
    : vcpu_{vcpu}, virtual_timer_{call<&GuestTimer::virtual_due>, this}, physical_timer_{call<&GuestTimer::follow_physical>, this} {}

// The machine's interrupt is active while the guest's is pending or active: so it does not come before the guest has ended its own.
void GuestTimer::load() {
  virtual_timer_.stop();
  gic::set_ppi_active(virtual_timer_interrupt(), interface_of(vcpu_).is_in_use(virtual_ppi(vcpu_)));
  loaded_.store(true, std::memory_order_seq_cst);
  loaded_here[arch::this_cpu().raw()] = this;
  write_register(cntvoff_el2, offset_of(vcpu_));
  write_register(cntkctl_el1, user_access_);
  write_register(cntv_cval_el0, compare_);
  synchronise_context();
  write_register(cntv_ctl_el0, control_);
}

void GuestTimer::save() {
  control_ = read_register(cntv_ctl_el0) & (control::enable | control::mask);
  compare_ = read_register(cntv_cval_el0);
  user_access_ = read_register(cntkctl_el1);
  write_register(cntv_ctl_el0, 0);
  synchronise_context();
  gic::set_ppi_active(virtual_timer_interrupt(), false);
  loaded_here[arch::this_cpu().raw()] = nullptr;
  loaded_.store(false, std::memory_order_seq_cst);
  arrange();
}

// While the guest has not dealt with an interrupt of it, nothing new can come.
void GuestTimer::arrange() {
  if (control_ != control::enable || interface_of(vcpu_).is_in_use(virtual_ppi(vcpu_))) return;
  SystemTime due = system_counter().when(compare_ + offset_of(vcpu_), arch::cycles());
  if (due == SystemTime::never()) return;
  virtual_timer_.move(arch::this_cpu());
  virtual_timer_.set(due);
}

// On any CPU. Should the vCPU be loaded again, its hardware tells.
void GuestTimer::virtual_due() {
  if (!loaded_.load(std::memory_order_seq_cst)) interface_of(vcpu_).raise(virtual_ppi(vcpu_));
}

void GuestTimer::reset() {
  virtual_timer_.stop_sync();
  physical_timer_.stop_sync();
  control_ = compare_ = user_access_ = 0;
  physical_ = {};
  interface_of(vcpu_).set_line(physical_ppi(vcpu_), false);
}

gic::After GuestTimer::interrupt() {
  GuestTimer* self = loaded_here[arch::this_cpu().raw()];
  if (!self) return gic::After::deactivate;
  interface_of(self->vcpu_).raise(virtual_ppi(self->vcpu_));
  return gic::After::leave_to_guest;
}

void GuestTimer::follow_physical() {
  u64 count = arch::cycles();
  interface_of(vcpu_).set_line(physical_ppi(vcpu_), physical_.line(count));
  std::optional<u64> next = physical_.next(count);
  SystemTime due = next ? system_counter().when(*next, count) : SystemTime::never();
  if (due != SystemTime::never()) physical_timer_.set(due);
}

u64 GuestTimer::read(TimerRegister which) {
  u64 count = arch::cycles();
  switch (which) {
    case TimerRegister::counter: return count;
    case TimerRegister::control: return physical_.control(count);
    case TimerRegister::compare_value: return physical_.compare_value();
    case TimerRegister::timer_value: return physical_.timer_value(count);
  }
  return 0;
}

// The timer's function must not run meanwhile: it runs in the main loop of the CPU that this is.
void GuestTimer::write(TimerRegister which, u64 value) {
  physical_timer_.stop_sync();
  physical_timer_.move(arch::this_cpu());
  switch (which) {
    case TimerRegister::counter: return;
    case TimerRegister::control: physical_.set_control(value); break;
    case TimerRegister::compare_value: physical_.set_compare_value(value); break;
    case TimerRegister::timer_value: physical_.set_timer_value(arch::cycles(), value); break;
  }
  follow_physical();
}

}  // namespace xenolith::timer
