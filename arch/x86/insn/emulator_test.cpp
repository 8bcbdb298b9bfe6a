// SPDX-License-Identifier: MIT
// What the differential test cannot see: faults, segments, modes, LOCK, resumption, I/O.
#include "arch/x86/insn/emulator.hpp"

#include <gtest/gtest.h>

#include "arch/x86/insn/decoder.hpp"
#include "arch/x86/insn/fake_port.hpp"

namespace xenolith {
namespace {

using Bytes = std::vector<u8>;
using Kind = Outcome::Kind;
using Io = testing::FakePort::Io;

class Emulator : public ::testing::Test {
 protected:
  static constexpr u64 base = 0x10000;

  Emulator() { registers.rip = 0x1000; }

  SegmentState& segment(Segment which) { return state.segments[static_cast<u8>(which)]; }
  void set_mode(CodeSize size) {
    state.code_size = size;
    for (SegmentState& each : state.segments) each.big = size == CodeSize::bits32;
  }
  void set_real_mode() {
    set_mode(CodeSize::bits16);
    state.protected_mode = false;
    for (SegmentState& each : state.segments) each.limit = 0xffff;
  }
  Outcome run(Bytes bytes) {
    auto insn = decode(bytes, state.code_size);
    EXPECT_TRUE(insn);
    if (!insn) return Outcome::unhandleable();
    return emulate(*insn, registers, state, port);
  }

  testing::FakePort port{base, 0x2000};
  GuestRegisters registers;
  ExecutionState state;
};

const Outcome protection_fault = Outcome::raise(exception::general_protection, 0);
const Outcome stack_fault = Outcome::raise(exception::stack_fault, 0);
const Outcome undefined = Outcome::raise(exception::invalid_opcode);

TEST_F(Emulator, DoneAdvancesRipAndClearsResume) {
  registers.rflags |= rflags_bit::resume | rflags_bit::trap;
  registers.set_rbx(base);
  registers.set_rax(0x1122334455667788);
  EXPECT_EQ(run({0x89, 0x03}), Outcome::done());  // mov %eax,(%rbx)
  EXPECT_EQ(port.value(base, 8), 0x55667788u);
  EXPECT_EQ(registers.rip, 0x1002u);
  EXPECT_EQ(registers.rflags, rflags_bit::fixed_one | rflags_bit::trap);
  EXPECT_EQ(port.commits, 1u);
}

TEST_F(Emulator, RipWrapsInShorterModes) {
  set_mode(CodeSize::bits32);
  registers.rip = 0xffffffff;
  EXPECT_EQ(run({0x90}), Outcome::done());
  EXPECT_EQ(registers.rip, 0u);
}

TEST_F(Emulator, PageFaultLeavesEverythingAsItWas) {
  port.read_only_from = base;
  registers.set_rbx(base + 8);
  registers.set_rax(1);
  GuestRegisters before = registers;
  EXPECT_EQ(run({0x01, 0x03}), Outcome::page_fault(GuestVirtual{base + 8}, 2));  // add: the read asks for writing
  EXPECT_EQ(port.writes, 0u);
  EXPECT_EQ(run({0x87, 0x03}).kind(), Kind::raise);                    // xchg
  EXPECT_EQ(run({0x0f, 0xc1, 0x03}).kind(), Kind::raise);              // xadd
  EXPECT_EQ(run({0x8f, 0x03}).kind(), Kind::raise);                    // pop
  EXPECT_EQ(registers.gpr, before.gpr);
  EXPECT_EQ(registers.rip, before.rip);
  EXPECT_EQ(registers.rflags, before.rflags);
  EXPECT_EQ(port.commits, 0u);
}

TEST_F(Emulator, NonCanonicalAddresses) {
  registers.set_rbx(0x800000000000);
  EXPECT_EQ(run({0x8b, 0x03}), protection_fault);
  registers.set_rbx(0x7ffffffffffe);
  EXPECT_EQ(run({0x8b, 0x03}), protection_fault);  // its last bytes
  registers.set(Gpr::rbp, 0x800000000000);
  EXPECT_EQ(run({0x8b, 0x45, 0x00}), stack_fault);
  state.linear_address_bits = 57;
  EXPECT_EQ(run({0x8b, 0x45, 0x00}).vector(), exception::page_fault);
}

TEST_F(Emulator, SegmentLimits) {
  set_mode(CodeSize::bits32);
  segment(Segment::ds) = {.base = base, .limit = 0x1f};
  registers.set_rbx(0x1c);
  port.set_value(base + 0x1c, 4, 0xcafe);
  EXPECT_EQ(run({0x8b, 0x03}), Outcome::done());
  EXPECT_EQ(registers.rax(), 0xcafeu);
  registers.set_rbx(0x1d);
  EXPECT_EQ(run({0x8b, 0x03}), protection_fault);
  registers.set_rbx(0xfffffffe);
  segment(Segment::ds).limit = 0xffffffff;
  EXPECT_EQ(run({0x8b, 0x03}), protection_fault);
  segment(Segment::ss).limit = 3;
  registers.set(Gpr::rbp, 1);
  EXPECT_EQ(run({0x8b, 0x45, 0x00}), stack_fault);
}

TEST_F(Emulator, SegmentTypes) {
  set_mode(CodeSize::bits32);
  segment(Segment::ds).writable = false;
  registers.set_rbx(base);
  EXPECT_EQ(run({0x8b, 0x03}), Outcome::done());
  EXPECT_EQ(run({0x89, 0x03}), protection_fault);
  EXPECT_EQ(run({0xff, 0x03}), protection_fault);
  segment(Segment::ds).usable = false;
  EXPECT_EQ(run({0x8b, 0x03}), protection_fault);
  segment(Segment::cs).readable = false;
  EXPECT_EQ(run({0x2e, 0x8b, 0x03}), protection_fault);
}

TEST_F(Emulator, ExpandDownSegments) {
  set_mode(CodeSize::bits32);
  segment(Segment::ds) = {.base = base, .limit = 0xfff, .expand_down = true};
  registers.set_rbx(0xfff);
  EXPECT_EQ(run({0x8b, 0x03}), protection_fault);
  registers.set_rbx(0x1000);
  EXPECT_EQ(run({0x8b, 0x03}), Outcome::done());
  segment(Segment::ds).big = false;
  registers.set_rbx(0xfffe);
  EXPECT_EQ(run({0x8b, 0x03}), protection_fault);
}

TEST_F(Emulator, RealModeFaultsHaveNoErrorCode) {
  set_real_mode();
  registers.set_rbx(0xffff);
  EXPECT_EQ(run({0x8b, 0x07}), Outcome::raise(exception::general_protection));  // mov (%bx),%ax over the limit
}

TEST_F(Emulator, BasesOf64BitMode) {
  segment(Segment::fs).base = base;
  segment(Segment::ds).base = 0x1234;
  port.set_value(base + 0x10, 8, 42);
  registers.set_rbx(0x10);
  EXPECT_EQ(run({0x64, 0x48, 0x8b, 0x03}), Outcome::done());
  EXPECT_EQ(registers.rax(), 42u);
  registers.set_rbx(base + 0x10);
  EXPECT_EQ(run({0x48, 0x8b, 0x0b}), Outcome::done());
  EXPECT_EQ(registers.rcx(), 42u);
}

TEST_F(Emulator, LockIsRefusedWhereItMayNotStand) {
  registers.set_rbx(base);
  EXPECT_EQ(run({0xf0, 0x89, 0x03}), undefined);              // mov
  EXPECT_EQ(run({0xf0, 0x01, 0xc3}), undefined);              // add to a register
  EXPECT_EQ(run({0xf0, 0x03, 0x03}), undefined);              // add from memory
  EXPECT_EQ(run({0xf0, 0x39, 0x03}), undefined);              // cmp
  EXPECT_EQ(run({0xf0, 0x83, 0x3b, 0x01}), undefined);        // cmp immediate
  EXPECT_EQ(run({0xf0, 0x0f, 0xa3, 0x03}), undefined);        // bt
  EXPECT_EQ(run({0xf0, 0x0f, 0xba, 0x23, 0x01}), undefined);  // bt immediate
  EXPECT_EQ(run({0xf0, 0xf7, 0x23}), undefined);              // mul
  EXPECT_EQ(run({0xf0, 0xa4}), undefined);                    // movs
  EXPECT_EQ(registers.rip, 0x1000u);
}

TEST_F(Emulator, ReservedForms) {
  EXPECT_EQ(run({0xc7, 0xc8, 0, 0, 0, 0}), undefined);
  EXPECT_EQ(run({0xfe, 0xd0}), undefined);
  EXPECT_EQ(run({0xff, 0xf8}), undefined);
  EXPECT_EQ(run({0x8d, 0xc0}), undefined);
  EXPECT_EQ(run({0x0f, 0xba, 0xc0, 0x01}), undefined);
  EXPECT_EQ(run({0x0f, 0xc3, 0xc0}), undefined);
  EXPECT_EQ(run({0x66, 0x0f, 0xc3, 0x03}), undefined);
  EXPECT_EQ(run({0x0f, 0xa2}), Outcome::unhandleable());
  EXPECT_EQ(run({0xc5, 0xf8, 0x77}), Outcome::unhandleable());
}

TEST_F(Emulator, LockedOperationsExchange) {
  registers.set_rbx(base);
  port.set_value(base, 4, 41);
  port.interference = 2;
  EXPECT_EQ(run({0xf0, 0xff, 0x03}), Outcome::done());  // lock incl
  EXPECT_EQ(port.value(base, 4), 44u);
  EXPECT_EQ(port.exchanges, 3u);
  EXPECT_EQ(port.writes, 0u);
  port.interference = 1000000;
  GuestRegisters before = registers;
  EXPECT_EQ(run({0xf0, 0xff, 0x03}), Outcome::retry());
  EXPECT_EQ(registers.rip, before.rip);
}

TEST_F(Emulator, RepStopsAfterItsBound) {
  state.max_iterations = 16;
  registers.set_rcx(40);
  registers.set(Gpr::rdi, base);
  registers.set_rax(0x55);
  EXPECT_EQ(run({0xf3, 0xaa}), Outcome::in_progress());
  EXPECT_EQ(registers.rcx(), 24u);
  EXPECT_EQ(registers.rip, 0x1000u);
  EXPECT_EQ(run({0xf3, 0xaa}), Outcome::in_progress());
  EXPECT_EQ(run({0xf3, 0xaa}), Outcome::done());
  EXPECT_EQ(registers.rdi(), base + 40);
  EXPECT_EQ(registers.rip, 0x1002u);
  EXPECT_EQ(port.value(base + 39, 2), 0x55u);
}

TEST_F(Emulator, RepWithZeroCountDoesNothing) {
  registers.set(Gpr::rdi, 0x800000000000);
  EXPECT_EQ(run({0xf3, 0xaa}), Outcome::done());
  EXPECT_EQ(port.writes, 0u);
  registers.set_rcx(0x100000000);
  EXPECT_EQ(run({0x67, 0xf3, 0xaa}), Outcome::done());  // counts in ecx
}

TEST_F(Emulator, RepKeepsWhatItDidBeforeAFault) {
  registers.set_rcx(8);
  registers.set(Gpr::rsi, base);
  registers.set(Gpr::rdi, base + 0x2000 - 12);
  EXPECT_EQ(run({0xf3, 0xa5}), Outcome::page_fault(GuestVirtual{base + 0x2000}, 2));
  EXPECT_EQ(registers.rcx(), 5u);
  EXPECT_EQ(registers.rsi(), base + 12);
  EXPECT_EQ(registers.rip, 0x1000u);
  EXPECT_EQ(port.commits, 3u);
}

TEST_F(Emulator, SixteenBitStringsWrapWithinTheirSegment) {
  set_real_mode();
  segment(Segment::es).base = base;
  registers.set_rcx(0xabcd0002);
  registers.set(Gpr::rdi, 0x12340000);
  registers.rflags |= rflags_bit::direction;
  EXPECT_EQ(run({0xaa}), Outcome::done());
  EXPECT_EQ(registers.rdi(), 0x1234ffffu);
}

TEST_F(Emulator, PortInputAndOutput) {
  registers.set_rax(~u64{0});
  registers.set_rdx(0xffff03f8);
  EXPECT_EQ(run({0xec}), Outcome::done());  // in (%dx),%al
  EXPECT_EQ(registers.rax(), 0xffffffffffffff44);
  EXPECT_EQ(run({0xe5, 0x80}), Outcome::done());  // in $0x80,%eax
  EXPECT_EQ(registers.rax(), 0x11223345u);
  EXPECT_EQ(run({0x66, 0xe7, 0xfe}), Outcome::done());  // out %ax,$0xfe
  EXPECT_EQ(port.io, (std::vector<Io>{{0x3f8, 1, 0, false}, {0x80, 4, 0, false}, {0xfe, 2, 0x3345, true}}));
}

TEST_F(Emulator, PortRetryIsRepeatable) {
  port.io_retries = 1;
  registers.set_rdx(0x60);
  EXPECT_EQ(run({0xec}), Outcome::retry());
  EXPECT_EQ(registers.rip, 0x1000u);
  EXPECT_EQ(run({0xec}), Outcome::done());
  EXPECT_EQ(registers.rax(), 0x44u);
}

TEST_F(Emulator, StringInputAndOutput) {
  registers.set_rcx(3);
  registers.set_rdx(0x1f0);
  registers.set(Gpr::rdi, base);
  EXPECT_EQ(run({0xf3, 0x66, 0x6d}), Outcome::done());  // rep insw
  EXPECT_EQ(port.value(base, 6), 0x334633453344u);
  registers.set_rcx(2);
  registers.set(Gpr::rsi, base);
  port.io.clear();
  EXPECT_EQ(run({0xf3, 0x6e}), Outcome::done());  // rep outsb
  EXPECT_EQ(port.io, (std::vector<Io>{{0x1f0, 1, 0x44, true}, {0x1f0, 1, 0x33, true}}));
}

TEST_F(Emulator, InputToReadOnlyMemoryDoesNotTouchTheDevice) {
  port.read_only_from = base;
  registers.set(Gpr::rdi, base);
  EXPECT_EQ(run({0x6c}).vector(), exception::page_fault);
  EXPECT_TRUE(port.io.empty());
}

TEST_F(Emulator, PushAndPop) {
  registers.set_rsp(base + 0x100);
  registers.set_rbx(base + 8);
  port.set_value(base + 8, 8, 0x1122334455667788);
  EXPECT_EQ(run({0xff, 0x33}), Outcome::done());  // pushq (%rbx)
  EXPECT_EQ(registers.rsp(), base + 0xf8);
  EXPECT_EQ(run({0x8f, 0x44, 0x24, 0x08}), Outcome::done());  // popq 8(%rsp), with the new rsp
  EXPECT_EQ(port.value(base + 0x108, 8), 0x1122334455667788u);
  EXPECT_EQ(run({0x6a, 0xff}), Outcome::done());
  EXPECT_EQ(run({0x5c}), Outcome::done());  // pop %rsp: the value wins
  EXPECT_EQ(registers.rsp(), ~u64{0});
}

TEST_F(Emulator, SixteenBitStackWraps) {
  set_mode(CodeSize::bits32);
  segment(Segment::ss) = {.base = base, .limit = 0xffff, .big = false};
  registers.set_rsp(0xabcd0010);
  registers.set_rax(7);
  EXPECT_EQ(run({0x50}), Outcome::done());
  EXPECT_EQ(registers.rsp(), 0xabcd000cu);
  EXPECT_EQ(port.value(base + 0xc, 4), 7u);
}

TEST_F(Emulator, RipRelativeOperand) {
  registers.rip = base - 7;
  port.set_value(base + 0x20, 4, 99);
  EXPECT_EQ(run({0x81, 0x3d, 0x1d, 0, 0, 0, 99, 0, 0, 0}), Outcome::done());  // cmpl $99,0x1d(%rip), of 10 bytes
  EXPECT_TRUE(registers.rflags & rflags_bit::zero);
}

}  // namespace
}  // namespace xenolith
