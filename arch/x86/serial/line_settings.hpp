// SPDX-License-Identifier: MIT
// The options com1= and com2=.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

enum class Parity : u8 { none, odd, even, mark, space };

struct LineSettings {
  u32 baud = 0;  // 0: as the firmware left it
  u32 clock_hz = 1'843'200;
  u8 data_bits = 8;
  Parity parity = Parity::none;
  u8 stop_bits = 1;
  std::optional<u16> io_base;
  std::optional<u8> irq;

  // <baud>|auto[/<clock_hz>][,[DPS][,[<io-base>][,[<irq>]]]], as Xen has it; DPS: data bits, parity (n, o, e, m, s), stop bits.
  // Fails with EINVAL; ERANGE for a number that is none of its kind.
  static Result<LineSettings> parse(std::string_view text);

  // Register values. Source: PC16550D data sheet, section 8.1 "Line Control Register", 8.2 "Programmable Baud Generator".
  u8 line_control() const;
  u16 divisor() const;  // baud is not 0
};

}  // namespace xenolith
