// SPDX-License-Identifier: MIT
// The debug console of HVM guests: bytes written to I/O port 0xe9 go to the hypervisor's console, line by line.
// hvmloader and firmware write there.
#pragma once

#include <array>
#include <string_view>

#include "arch/x86/hvm/port_table.hpp"
#include "core/base/lock.hpp"

namespace xenolith::hvm {

class DebugConsole final : public PortHandler {
 public:
  static constexpr u16 port = 0xe9;

  Attempt<u32> read(Vcpu& vcpu, u16 port, unsigned size) override;
  Outcome write(Vcpu& vcpu, u16 port, unsigned size, u32 value) override;

 private:
  struct Line {
    std::array<char, 160> text;
    unsigned length = 0;
    std::string_view view() const { return {text.data(), length}; }
  };
  Locked<Line, LockRank::virtual_device> line_;
};

// ENOMEM.
Result<void> add_debug_console(Domain& domain);

}  // namespace xenolith::hvm
