// SPDX-License-Identifier: MIT
// I/O port accesses that exit.
#include <arch/domain_state.hpp>

#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/debug_console.hpp"
#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/guest_port.hpp"
#include "arch/x86/hvm/hardware_map.hpp"
#include "arch/x86/hvm/io_permissions.hpp"
#include "arch/x86/hvm/port_access.hpp"
#include "arch/x86/pci/config_ports.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

constexpr u32 all_ones(unsigned size) { return ~u32{0} >> (32 - 8 * size); }

class Nothing final : public PortHandler {
 public:
  Attempt<u32> read(Vcpu&, u16, unsigned size) override { return all_ones(size); }
  Outcome write(Vcpu&, u16, unsigned, u32) override { return Outcome::done(); }
};
constinit Nothing nothing;

// Where an interval timer would be. A counter that stands at 0 tells kernels at their first look that there is no timer; all ones
// would look like one that is slow, which Linux watches for 50,000 reads.
class StoppedTimer final : public PortHandler {
 public:
  static constexpr u16 first = 0x40, last = 0x43;
  Attempt<u32> read(Vcpu&, u16, unsigned) override { return u32{0}; }
  Outcome write(Vcpu&, u16, unsigned, u32) override { return Outcome::done(); }
};
constinit StoppedTimer stopped_timer;

u32 read_machine(u16 port, unsigned size) { return size == 1 ? in8(port) : size == 2 ? in16(port) : in32(port); }
void write_machine(u16 port, unsigned size, u32 value) {
  if (size == 1) out8(port, static_cast<u8>(value));
  else if (size == 2) out16(port, static_cast<u16>(value));
  else out32(port, value);
}

// The handler of any of the ports that the access touches.
PortHandler* handler_of(const Domain& domain, u16 port, unsigned size) {
  const PortTable& table = domain.arch().ports;
  for (unsigned i = 0; i < size && port + i <= 0xffff; ++i)
    if (PortHandler* handler = table.find(static_cast<u16>(port + i))) return handler;
  return nullptr;
}

// PCI configuration mechanism #1 of the hardware domain.
class PciPorts final : public PortHandler {
 public:
  static constexpr u16 first = 0xcf8, last = 0xcff;
  Attempt<u32> read(Vcpu&, u16 port, unsigned size) override {
    u32 value = all_ones(size);
    access(port, size, false, value);
    return value;
  }
  Outcome write(Vcpu&, u16 port, unsigned size, u32 value) override {
    access(port, size, true, value);
    return Outcome::done();
  }

 private:
  static void access(u16 port, unsigned size, bool is_write, u32& value) {
    pci::ConfigPorts* ports = hardware_config_ports();
    if (ports && port >= first && port + size - 1 <= last) ports->access(port, size, is_write, value);
  }
};
constinit PciPorts pci_ports;

struct Range {
  u16 first, last;
};
// Interrupt controllers with their edge and level control.
constexpr Range kept_by_hypervisor[] = {{0x20, 0x21}, {0xa0, 0xa1}, {0x4d0, 0x4d1}};

ExitKind kind_of(const Exit& exit) {
  if (exit.io_string) return exit.io_in ? ExitKind::ins : ExitKind::outs;
  return exit.io_in ? ExitKind::in : ExitKind::out;
}

// 8 and 16-bit results leave the rest of rax alone, 32-bit ones clear its upper half.
void set_accumulator(GuestRegisters& registers, unsigned size, u32 value) {
  u64 mask = all_ones(size);
  registers.set_rax(size == 4 ? value : (registers.rax() & ~mask) | (value & mask));
}

Outcome perform(Vcpu& vcpu, const Exit& exit, unsigned length) {
  GuestRegisters& registers = vcpu.arch().registers;
  if (exit.io_in) set_accumulator(registers, exit.io_size, PERFORM(read_port(vcpu, exit.port, exit.io_size)));
  else PERFORM(write_port(vcpu, exit.port, exit.io_size, registers.eax() & all_ones(exit.io_size)));
  bool single_step = registers.rflags & rflags::tf;
  advance(vcpu, length);
  if (single_step) inject_exception(vcpu, 1);
  return Outcome::done();
}

}  // namespace

Attempt<u32> read_port(Vcpu& vcpu, u16 port, unsigned size) {
  if (PortHandler* handler = handler_of(vcpu.domain(), port, size)) return handler->read(vcpu, port, size);
  return vcpu.domain().is_hardware() ? read_machine(port, size) : all_ones(size);
}

Outcome write_port(Vcpu& vcpu, u16 port, unsigned size, u32 value) {
  if (PortHandler* handler = handler_of(vcpu.domain(), port, size)) return handler->write(vcpu, port, size, value);
  if (vcpu.domain().is_hardware()) write_machine(port, size, value);
  return Outcome::done();
}

Result<void> register_port_handler(Domain& domain, u16 first, u16 last, PortHandler& handler) {
  TRY(domain.arch().ports.add(first, last, handler));
  if (domain.arch().io_bitmap) set_port_intercept(domain, first, u32{last} - first + 1, true);
  return {};
}

Result<void> hide_ports(Domain& domain, u16 first, u16 last) {
  return register_port_handler(domain, first, last, nothing);
}

Result<void> set_up_ports(Domain& domain) {
  TRY(register_port_handler(domain, StoppedTimer::first, StoppedTimer::last, stopped_timer));
  if (!domain.is_hardware()) return add_debug_console(domain);
  for (const Range& range : kept_by_hypervisor) TRY(hide_ports(domain, range.first, range.last));
  return register_port_handler(domain, PciPorts::first, PciPorts::last, pci_ports);
}

void handle_io(Vcpu& vcpu, const Exit& exit) {
  if (exit.io_string) return emulate_instruction(vcpu);
  unsigned length = exit.instruction_length;
  if (length == 0) {
    std::optional<Instruction> instruction = fetch_exit_instruction(vcpu, kind_of(exit));
    if (!instruction) return;
    length = instruction->length;
  }
  raise_outcome(vcpu, perform(vcpu, exit, length));
}

}  // namespace xenolith::hvm
