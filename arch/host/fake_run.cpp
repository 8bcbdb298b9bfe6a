// SPDX-License-Identifier: MIT
// The fake machine's clock and CPUs: time stands still unless moved, pokes and timers do nothing, no guest ever runs.
#include <arch/fake.hpp>
#include <arch/run.hpp>

#include <atomic>

#include "core/domain/end_of_machine.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {
std::atomic<SystemTime> clock_now{SystemTime{}};
}

SystemTime now() { return clock_now; }
void end_of_hardware_domain(u8) {}

namespace fake {
void set_time(SystemTime time) { clock_now = time; }
}  // namespace fake

namespace arch {
void poke_cpu(CpuId) {}
void set_cpu_timer(SystemTime) {}
void load_vcpu(Vcpu&) {}
void save_vcpu(Vcpu&) {}
bool run_vcpu(Vcpu&) { return false; }
void idle() {}
}  // namespace arch
}  // namespace xenolith
