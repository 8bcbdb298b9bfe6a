// SPDX-License-Identifier: MIT
// Random hypercalls of 32-bit callers over two pages of random structures below 4 GiB, while the layout of their shared pages
// changes. Nothing outside may be touched, nothing may hang, what is returned and continued has 32 bits, and afterwards everything
// must come apart.
#include <arch/fake.hpp>
#include <arch/fake_control.hpp>

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "core/base/interface.hpp"
#include "core/control/latch_words.hpp"
#include "core/hypercall/narrow_calls.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/quiescent.hpp"

namespace xenolith {
namespace {

constexpr u32 memory_size = 2 * page_size;
constexpr unsigned most_repeats = 20'000;

class Input {
 public:
  Input(const std::uint8_t* data, size_t size) : data_{data}, size_{size} {}
  bool is_empty() const { return at_ >= size_; }
  u8 byte() { return is_empty() ? u8{0} : data_[at_++]; }
  u32 below(u32 limit) { return (byte() | u32{byte()} << 8) % limit; }

 private:
  const std::uint8_t* data_;
  size_t size_, at_ = 0;
};

// Made once: where it lies decides what the random addresses are.
std::byte* low_memory() {
  static void* place = mmap(nullptr, memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  return static_cast<std::byte*>(place);
}

struct Machine {
  std::byte* memory = low_memory();
  fake::GuestRange range{memory, memory_size};
  fake::TestDomain dom0{0, {.vcpus = 2, .control = true, .hardware = true}};
  fake::TestDomain guest{7, {.vcpus = 2}};
  u32 address(u32 offset) { return static_cast<u32>(reinterpret_cast<u64>(memory)) + offset % memory_size; }
};

u32 interesting(Input& in, Machine& machine) {
  switch (in.below(6)) {
    case 0: return machine.address(in.below(memory_size));
    case 1: return in.below(2) ? 7 : u32{DOMID_SELF};
    case 2: return ~u32{0} - in.below(4);
    case 3: return u32{1} << in.below(32);
    default: return in.byte();
  }
}

void scribble(Input& in, Machine& machine) {
  for (unsigned count = in.below(16); count > 0; --count) {
    u32 value = interesting(in, machine);
    u32 at = in.below(in.below(4) ? 64 : memory_size - 4) & ~3u;
    std::memcpy(machine.memory + at, &value, sizeof value);
  }
}

void check_width(const HypercallArguments& arguments) {
  for (u64 value : arguments.value)
    if (value > ~u32{0}) std::abort();
}

void step(Input& in, Machine& machine) {
  constexpr u32 converted[] = {__HYPERVISOR_memory_op, __HYPERVISOR_grant_table_op, __HYPERVISOR_multicall, __HYPERVISOR_vcpu_op,
                               __HYPERVISOR_sched_op};
  u32 number = in.below(2) ? converted[in.below(5)] : in.below(48);
  scribble(in, machine);
  fake::TestDomain& domain = in.below(3) ? machine.guest : machine.dom0;
  Vcpu& caller = domain.vcpu();
  if (in.below(8) == 0) latch_words(*domain, in.below(2) ? GuestWordSize::bits32 : GuestWordSize::bits64);
  HypercallArguments arguments{{in.below(32), machine.address(in.below(4) ? 0 : in.below(memory_size)), interesting(in, machine),
                                interesting(in, machine), interesting(in, machine)}};
  if (in.below(4) == 0) arguments.value[0] = interesting(in, machine);
  if (number == __HYPERVISOR_multicall) arguments = {{arguments[1], arguments[0], 0, 0, 0}};
  if (number == __HYPERVISOR_vcpu_op) std::swap(arguments.value[1], arguments.value[2]);
  if (in.below(4) == 0) run_work_soon(Work::console);
  for (unsigned repeats = 0;; ++repeats) {
    if (repeats > most_repeats) std::abort();
    HypercallOutcome outcome = narrow_hypercall(caller, number, arguments);
    if (caller.call_words() != GuestWordSize::bits64) std::abort();
    if (outcome.is_done()) break;
    arguments = outcome.arguments();
    check_width(arguments);
    // What stopped the vCPU in the middle of a multicall.
    for (Vcpu::Stop reason : {Vcpu::blocked, Vcpu::polling, Vcpu::shutdown, Vcpu::down}) caller.resume(reason);
    if (!caller.is_runnable()) break;
  }
  pending_work[arch::this_cpu().raw()].bits = 0;
}

}  // namespace
}  // namespace xenolith

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  {
    Machine machine;
    std::memset(machine.memory, 0, memory_size);
    Input in{data, size};
    while (!in.is_empty()) step(in, machine);
  }
  for (unsigned i = 0; i < 4; ++i) quiescent::pass();
  fake::clear_log();
  return 0;
}
