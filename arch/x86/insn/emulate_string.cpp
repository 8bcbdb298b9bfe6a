// SPDX-License-Identifier: MIT
// String instructions, with REP, and the I/O port instructions.
#include "arch/x86/insn/emulation.hpp"

namespace xenolith {
namespace {

// By opcode without its lowest bit.
enum class StringOperation : u8 {
  ins = 0x6c,
  outs = 0x6e,
  movs = 0xa4,
  cmps = 0xa6,
  stos = 0xaa,
  lods = 0xac,
  scas = 0xae,
};

unsigned port_size(const Emulation& e) { return e.size() == 8 ? 4 : e.size(); }

// One string instruction; step() does one iteration.
class StringInstruction {
 public:
  explicit StringInstruction(Emulation& emulation)
      : e_{emulation}, operation_{static_cast<StringOperation>(e_.insn.opcode & ~1)}, size_{element_size()} {}

  Outcome run();

 private:
  unsigned element_size() const {
    bool port = operation_ == StringOperation::ins || operation_ == StringOperation::outs;
    return port ? port_size(e_) : e_.size();
  }
  bool repeats() const { return e_.insn.repeat != Repeat::none; }
  u64 count() const { return e_.read_full_register(Gpr::rcx, e_.insn.address_size); }
  bool compares() const { return operation_ == StringOperation::cmps || operation_ == StringOperation::scas; }
  bool comparison_ends() const;

  Attempt<u64> load(Segment segment, Gpr pointer);
  Attempt<u64> load_source() { return load(e_.insn.segment_override.value_or(Segment::ds), Gpr::rsi); }
  Outcome store(u64 value);
  Outcome input();
  void compare(u64 a, u64 b);
  void advance(Gpr pointer);

  Outcome step();
  Outcome step_both();
  Outcome step_destination();
  Outcome step_source();

  Emulation& e_;
  StringOperation operation_;
  unsigned size_;
};

Outcome StringInstruction::run() {
  if (!repeats()) return step();
  for (unsigned i = 0; count() != 0; ++i) {
    if (i >= e_.state.max_iterations && i > 0) return Outcome::in_progress();
    PERFORM(step());
    e_.write_full_register(Gpr::rcx, e_.insn.address_size, count() - 1);
    e_.port.commit();
    if (comparison_ends()) break;
  }
  return Outcome::done();
}

// REPE goes on while the zero flag is set, REPNE while it is clear; other instructions repeat with either prefix.
bool StringInstruction::comparison_ends() const {
  bool equal = (e_.regs.rflags & rflags_bit::zero) != 0;
  return compares() && equal != (e_.insn.repeat == Repeat::rep);
}

Attempt<u64> StringInstruction::load(Segment segment, Gpr pointer) {
  return e_.read(segment, e_.read_full_register(pointer, e_.insn.address_size), size_);
}

Outcome StringInstruction::store(u64 value) {
  return e_.write(Segment::es, e_.read_full_register(Gpr::rdi, e_.insn.address_size), size_, value);
}

// The memory must be known to be writable before the device sees the read.
Outcome StringInstruction::input() {
  u64 offset = e_.read_full_register(Gpr::rdi, e_.insn.address_size);
  GuestVirtual address = PERFORM(e_.linear(Segment::es, offset, size_, true));
  PERFORM(e_.port.probe_write(address, size_));
  u64 value = PERFORM(e_.port.read_io(static_cast<u16>(e_.regs.rdx()), size_));
  return e_.port.write_memory(address, size_, value & size_mask(size_));
}

void StringInstruction::compare(u64 a, u64 b) {
  e_.regs.rflags = compute(BinaryOperation::cmp, a, b, size_, e_.regs.rflags).flags;
}

void StringInstruction::advance(Gpr pointer) {
  u64 step = e_.regs.rflags & rflags_bit::direction ? u64{0} - size_ : u64{size_};
  e_.write_full_register(pointer, e_.insn.address_size, e_.regs.get(pointer) + step);
}

Outcome StringInstruction::step_both() {
  u64 value = PERFORM(load_source());
  if (operation_ == StringOperation::movs) PERFORM(store(value));
  else compare(value, PERFORM(load(Segment::es, Gpr::rdi)));
  advance(Gpr::rsi);
  advance(Gpr::rdi);
  return Outcome::done();
}

Outcome StringInstruction::step_destination() {
  if (operation_ == StringOperation::stos) PERFORM(store(e_.accumulator(size_)));
  else if (operation_ == StringOperation::ins) PERFORM(input());
  else compare(e_.accumulator(size_), PERFORM(load(Segment::es, Gpr::rdi)));
  advance(Gpr::rdi);
  return Outcome::done();
}

Outcome StringInstruction::step_source() {
  u64 value = PERFORM(load_source());
  if (operation_ == StringOperation::lods) e_.write_accumulator(size_, value);
  else PERFORM(e_.port.write_io(static_cast<u16>(e_.regs.rdx()), size_, value));
  advance(Gpr::rsi);
  return Outcome::done();
}

Outcome StringInstruction::step() {
  switch (operation_) {
    case StringOperation::movs:
    case StringOperation::cmps: return step_both();
    case StringOperation::lods:
    case StringOperation::outs: return step_source();
    case StringOperation::stos:
    case StringOperation::scas:
    case StringOperation::ins: break;
  }
  return step_destination();
}

}  // namespace

Outcome emulate_string(Emulation& e) { return StringInstruction{e}.run(); }

// E4..E7 name the port by an immediate byte, EC..EF by dx; bit 1 of the opcode is the direction.
Outcome emulate_port(Emulation& e) {
  bool by_register = (e.insn.opcode & 8) != 0;
  u16 number = by_register ? static_cast<u16>(e.regs.rdx()) : static_cast<u8>(e.insn.immediate);
  unsigned size = port_size(e);
  if (e.insn.opcode & 2) return e.port.write_io(number, size, e.accumulator(size));
  e.write_accumulator(size, PERFORM(e.port.read_io(number, size)));
  return Outcome::done();
}

}  // namespace xenolith
