// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/exit_counts.hpp"

#include <arch/cpu.hpp>

#include <array>
#include <atomic>

#include "core/base/log.hpp"
#include "core/console/debug_keys.hpp"

namespace xenolith::hvm {
namespace {

constexpr const char* names[] = {
    "interrupt", "nmi", "interrupt_window", "exception", "nested_fault", "cpuid", "hypercall", "rdmsr", "wrmsr", "hlt", "xsetbv", "invd",
    "wbinvd", "monitor", "mwait", "pause", "rdpmc", "rdtsc", "rdtscp", "rsm", "icebp", "invlpg", "io", "control_register", "debug_register",
    "descriptor_table", "virtualisation_instruction", "task_switch", "shutdown", "invalid_state", "machine_check", "end_of_interrupt",
    "apic_write", "unknown"};
constexpr size_t reasons = static_cast<size_t>(ExitReason::unknown) + 1;
static_assert(std::size(names) == reasons);

// Relaxed: each has one writer, and nothing depends on what a reader sees.
struct alignas(arch::cache_line_size) Counters {
  std::array<std::atomic<u64>, reasons> of{};
};
constinit Counters counters[arch::max_cpus]{};

u64 total(size_t reason) {
  u64 sum = 0;
  for (const Counters& cpu : counters) sum += cpu.of[reason].load(std::memory_order_relaxed);
  return sum;
}

void print(char key) {
  log_info("'{}' pressed -> exits of guests since boot", key);
  u64 all = 0;
  for (size_t reason = 0; reason < reasons; ++reason) {
    u64 count = total(reason);
    all += count;
    if (count) log_info("exits {}: {}", names[reason], count);
  }
  log_info("exits in all: {}", all);
}

}  // namespace

void count_exit(ExitReason reason) {
  std::atomic<u64>& counter = counters[arch::this_cpu().raw()].of[static_cast<size_t>(reason)];
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void register_exit_counts_key() { register_debug_key('p', "print performance counters: exits of guests", print); }

}  // namespace xenolith::hvm
