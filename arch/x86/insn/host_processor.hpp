// SPDX-License-Identifier: MIT
// For tests: executes single instructions on the processor under the test.
#pragma once

#include <span>

#include "arch/x86/insn/registers.hpp"

namespace xenolith::testing {

class HostProcessor {
 public:
  HostProcessor();
  ~HostProcessor();
  HostProcessor(const HostProcessor&) = delete;
  HostProcessor& operator=(const HostProcessor&) = delete;

  // Runs `instruction` in 64-bit mode with these registers (rsp, rip and system flags excepted) and stores them back.
  // It must not fault, branch, or use rsp.
  void execute(std::span<const u8> instruction, GuestRegisters& registers);

 private:
  u8* code_;
};

}  // namespace xenolith::testing
