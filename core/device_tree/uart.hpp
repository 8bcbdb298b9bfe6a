// SPDX-License-Identifier: MIT
// Serial lines in device trees: which are known, and how their registers lie. A board with another one is a line in uart.cpp's table.
#pragma once

#include <optional>

#include "core/device_tree/addresses.hpp"
#include "core/device_tree/interrupts.hpp"

namespace xenolith {

enum class UartKind : u8 {
  pl011,       // Arm PrimeCell, "arm,pl011"
  sbsa,        // its subset that cannot be set up, "arm,sbsa-uart"
  ns16550,     // National Semiconductor's, with all that work like it
  dw8250,      // Synopsys DesignWare's variant of it: a busy write to LCR raises an interrupt of its own
  omap,        // Texas Instruments': MDR1 must be set for it to work at all
  exynos4210,  // Samsung
  cadence,     // Zynq, ZynqMP
  scif,        // Renesas
  lpuart,      // NXP's, 32-bit registers
  imx,         // NXP's older
  meson,       // Amlogic
  mvebu,       // Marvell Armada 3700
  msm,         // Qualcomm
};

struct HostUart {
  UartKind kind = UartKind::pl011;
  DeviceTreeNode node;
  DeviceRange registers;
  u32 register_shift = 0;       // register n lies at n << register_shift (ns16550, dw8250, omap)
  u32 register_width = 1;       // bytes of one access: 1, 2 or 4
  u32 clock_frequency = 0;      // Hz; zero: not said
  u32 speed = 0;                // baud of `current-speed`; zero: not said
  std::optional<GicInterrupt> interrupt;
};

// EOPNOTSUPP: not one of these. Other errors: of registers_of().
Result<HostUart> describe_uart(DeviceTreeNode node);

}  // namespace xenolith
