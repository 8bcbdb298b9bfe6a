// SPDX-License-Identifier: MIT
// PSCI as guests have it: what its calls do to the domain.
#include <arch/control.hpp>
#include <arch/domain_state.hpp>

#include "arch/arm64/hyp/exits.hpp"
#include "arch/arm64/hyp/vcpu_start.hpp"
#include "arch/arm64/psci/guest_psci.hpp"
#include "arch/arm64/vgic/affinity.hpp"
#include "core/domain/domain.hpp"
#include "core/run/cpu_work.hpp"

namespace xenolith {
namespace {

class Firmware final : public psci::GuestPort {
 public:
  explicit Firmware(Vcpu& caller) : caller_{caller} {}

  psci::Status start_vcpu(u64 affinity, u64 entry, u64 context) override {
    Vcpu* target = find(affinity);
    if (!target) return psci::Status::invalid_parameters;
    if (!(target->stops() & Vcpu::down)) return psci::Status::already_on;
    // Two may start the same one: the first clears the mark.
    if (target->arch().starting.exchange(true, std::memory_order_acq_rel)) return psci::Status::on_pending;
    bool is_down = target->stops() & Vcpu::down;
    if (is_down) {
      target->pause_sync();  // it may be on its way off its CPU
      reset_vcpu(*target, GuestPhysical{entry}, context);
      target->unpause();
      target->resume(Vcpu::down);
    }
    target->arch().starting.store(false, std::memory_order_release);
    return is_down ? psci::Status::success : psci::Status::already_on;
  }

  psci::Status stop_this() override {
    caller_.stop(Vcpu::down);
    caller_.domain().note_vcpu_down();
    run_work_soon(Work::schedule);
    return psci::Status::success;
  }

  Power power_of(u64 affinity) override {
    Vcpu* target = find(affinity);
    if (!target) return Power::none;
    return (target->stops() & Vcpu::down) ? Power::off : Power::on;
  }

  void suspend() override {
    caller_.stop(Vcpu::blocked);
    if (arch::has_deliverable_interrupt(caller_)) caller_.resume(Vcpu::blocked);
  }

  void power_off() override { shut_down(SHUTDOWN_poweroff); }
  void restart() override { shut_down(SHUTDOWN_reboot); }

 private:
  Vcpu* find(u64 affinity) const {
    std::optional<unsigned> number = vgic::vcpu_of_affinity(affinity);
    return number ? caller_.domain().vcpu(VcpuId{*number}) : nullptr;
  }
  void shut_down(u8 code) {
    caller_.domain().shut_down(code);
    run_work_soon(Work::schedule);
  }

  Vcpu& caller_;
};

}  // namespace

// A function that is not known is answered as the SMC calling convention says: minus one.
void handle_firmware_call(Vcpu& vcpu) {
  GuestRegisters& registers = vcpu.arch().registers;
  Firmware port{vcpu};
  if (!psci::handle(port, registers.x)) registers.x[0] = ~u64{0};
}

}  // namespace xenolith
