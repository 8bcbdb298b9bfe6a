// SPDX-License-Identifier: MIT
// Random hypercalls by a control domain and by a guest, over a small piece of guest memory that holds random
// structures. Nothing outside that memory may be touched, nothing may hang, and afterwards everything must come
// apart.
#include <arch/fake.hpp>
#include <arch/fake_control.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "core/base/interface.hpp"
#include "core/hypercall/table.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/cpupools.hpp"
#include "core/run/quiescent.hpp"

namespace xenolith {
namespace {

constexpr size_t memory_size = 8192;
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

struct Machine {
  alignas(4096) std::array<std::byte, memory_size> memory{};
  fake::GuestRange range{memory.data(), memory.size()};
  fake::TestDomain dom0{0, {.vcpus = 2, .control = true, .hardware = true}};
  fake::TestDomain guest{7, {.vcpus = 2}};
  u64 address(u32 offset) { return reinterpret_cast<u64>(memory.data()) + offset % memory_size; }
};

// A word that is something in many places: a small number, an address, a domain, or anything.
u64 interesting(Input& in, Machine& machine) {
  switch (in.below(6)) {
    case 0: return machine.address(in.below(memory_size));
    case 1: return in.below(2) ? 7 : u64{DOMID_SELF};
    case 2: return ~u64{0} - in.below(4);
    case 3: return u64{1} << in.below(64);
    default: return in.byte();
  }
}

void scribble(Input& in, Machine& machine) {
  for (unsigned count = in.below(12); count > 0; --count) {
    u64 value = interesting(in, machine);
    size_t width = size_t{1} << in.below(4);
    size_t at = in.below(in.below(4) ? 64 : memory_size - 8) & ~(width - 1);
    std::memcpy(&machine.memory[at], &value, width);
  }
}

// domctl, sysctl and platform_op do nothing without their version number.
void put_header(Machine& machine, u64 number, u32 command, u16 domain) {
  u32 version = number == __HYPERVISOR_domctl   ? XEN_DOMCTL_INTERFACE_VERSION
                : number == __HYPERVISOR_sysctl ? XEN_SYSCTL_INTERFACE_VERSION
                                                : XENPF_INTERFACE_VERSION;
  std::memcpy(&machine.memory[0], &command, sizeof(command));
  std::memcpy(&machine.memory[4], &version, sizeof(version));
  if (number == __HYPERVISOR_domctl) std::memcpy(&machine.memory[8], &domain, sizeof(domain));
}

void step(Input& in, Machine& machine) {
  constexpr u64 structured[] = {__HYPERVISOR_domctl, __HYPERVISOR_sysctl, __HYPERVISOR_platform_op};
  bool is_structured = in.below(2);
  u64 number = is_structured ? structured[in.below(3)] : in.below(48);
  scribble(in, machine);
  HypercallArguments arguments{};
  for (u64& value : arguments.value) value = interesting(in, machine);
  if (is_structured) {
    put_header(machine, number, in.below(100), in.below(4) ? 7 : static_cast<u16>(in.below(12)));
    arguments.value[0] = machine.address(0);
  }
  Vcpu& caller = in.below(3) ? machine.dom0.vcpu() : machine.guest.vcpu();
  if (in.below(4) == 0) run_work_soon(Work::console);
  for (unsigned repeats = 0;; ++repeats) {
    if (repeats > most_repeats) std::abort();
    HypercallOutcome outcome = hypercall(caller, number, arguments);
    if (outcome.is_done()) break;
    arguments = outcome.arguments();
    // What stopped the vCPU in the middle of a multicall.
    for (Vcpu::Stop reason : {Vcpu::blocked, Vcpu::polling, Vcpu::shutdown, Vcpu::down}) caller.resume(reason);
    if (!caller.is_runnable()) break;
  }
  pending_work[arch::this_cpu().raw()].bits = 0;
}

// Domains and pools that the input made.
void clean_up() {
  for (Domain* domain = DomainTable::next(DomainId{1}); domain;) {
    DomainId id = domain->id();
    while (domain->destroy_step()) {
    }
    DomainTable::withdraw(id);
    domain = DomainTable::next(DomainId{static_cast<u16>(id.raw() + 1)});
  }
  for (unsigned i = 0; i < 4; ++i) quiescent::pass();
  for (auto pool = CpuPools::at_or_after(1); pool; pool = CpuPools::at_or_after(1))
    if (CpuPools::destroy(pool->id).failed()) std::abort();
}

}  // namespace
}  // namespace xenolith

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  {
    Machine machine;
    Input in{data, size};
    while (!in.is_empty()) step(in, machine);
  }
  clean_up();
  fake::clear_log();
  return 0;
}
