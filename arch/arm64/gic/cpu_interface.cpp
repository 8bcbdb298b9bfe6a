// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/cpu_interface.hpp"

namespace xenolith::gic {
namespace {

namespace gicc {
constexpr u32 control = 0x000, priority_mask = 0x004, binary_point = 0x008, acknowledge = 0x00c, end = 0x010, deactivate = 0x1000;
constexpr u32 enable = 1, two_steps = 1u << 9;  // as a CPU without security states, or in the non-secure one, sees it
}  // namespace gicc

constexpr u32 lowest_priority = 0xff;

}  // namespace

void CpuInterfaceV2::initialise() {
  registers_.write(gicc::control, 0);
  registers_.write(gicc::priority_mask, lowest_priority);
  registers_.write(gicc::binary_point, 0);
  registers_.write(gicc::control, gicc::enable | gicc::two_steps);
}
CpuInterface::Acknowledged CpuInterfaceV2::acknowledge() { return {registers_.read(gicc::acknowledge), 0x3ff}; }
void CpuInterfaceV2::drop_priority(Acknowledged interrupt) { registers_.write(gicc::end, interrupt.word); }
void CpuInterfaceV2::deactivate(u32 word) { registers_.write(gicc::deactivate, word); }

void CpuInterfaceV3::initialise() {
  using enum SystemRegister;
  constexpr u64 by_system_registers = 0xf;  // SRE, both bypasses off, and EL1 may do the same
  registers_.write(icc_sre_el2, registers_.read(icc_sre_el2) | by_system_registers);
  registers_.synchronize();
  registers_.write(icc_bpr1, 0);
  registers_.write(icc_pmr, lowest_priority);
  constexpr u64 two_steps = 1u << 1;
  registers_.write(icc_ctlr, two_steps);
  registers_.write(icc_igrpen1, 1);
  registers_.synchronize();
}
CpuInterface::Acknowledged CpuInterfaceV3::acknowledge() {
  Acknowledged result{static_cast<u32>(registers_.read(SystemRegister::icc_iar1))};
  registers_.synchronize();
  return result;
}
void CpuInterfaceV3::drop_priority(Acknowledged interrupt) {
  registers_.write(SystemRegister::icc_eoir1, interrupt.word);
  registers_.synchronize();
}
void CpuInterfaceV3::deactivate(u32 word) {
  registers_.write(SystemRegister::icc_dir, word);
  registers_.synchronize();
}

}  // namespace xenolith::gic
