// SPDX-License-Identifier: MIT
#include "arch/x86/insn/host_processor.hpp"

#include <sys/mman.h>

#include <cstring>
#include <new>

namespace {
struct Frame {
  xenolith::GuestRegisters registers;
  void* code;
};
static_assert(offsetof(Frame, code) == 144);
}  // namespace

extern "C" {
extern Frame xenolith_host_frame;
void xenolith_host_run();
}

// Only MOV, PUSH and POP stand between the instruction and its frame, so that the flags survive.
asm(R"(
  .bss
  .balign 16
  .globl xenolith_host_frame
xenolith_host_frame:
  .skip 152
  .text
  .globl xenolith_host_run
xenolith_host_run:
  push %rbx; push %rbp; push %r12; push %r13; push %r14; push %r15
  pushq xenolith_host_frame+136(%rip)
  popfq
  mov xenolith_host_frame+0(%rip), %rax
  mov xenolith_host_frame+8(%rip), %rcx
  mov xenolith_host_frame+16(%rip), %rdx
  mov xenolith_host_frame+24(%rip), %rbx
  mov xenolith_host_frame+40(%rip), %rbp
  mov xenolith_host_frame+48(%rip), %rsi
  mov xenolith_host_frame+56(%rip), %rdi
  mov xenolith_host_frame+64(%rip), %r8
  mov xenolith_host_frame+72(%rip), %r9
  mov xenolith_host_frame+80(%rip), %r10
  mov xenolith_host_frame+88(%rip), %r11
  mov xenolith_host_frame+96(%rip), %r12
  mov xenolith_host_frame+104(%rip), %r13
  mov xenolith_host_frame+112(%rip), %r14
  mov xenolith_host_frame+120(%rip), %r15
  call *xenolith_host_frame+144(%rip)
  mov %rax, xenolith_host_frame+0(%rip)
  mov %rcx, xenolith_host_frame+8(%rip)
  mov %rdx, xenolith_host_frame+16(%rip)
  mov %rbx, xenolith_host_frame+24(%rip)
  mov %rbp, xenolith_host_frame+40(%rip)
  mov %rsi, xenolith_host_frame+48(%rip)
  mov %rdi, xenolith_host_frame+56(%rip)
  mov %r8, xenolith_host_frame+64(%rip)
  mov %r9, xenolith_host_frame+72(%rip)
  mov %r10, xenolith_host_frame+80(%rip)
  mov %r11, xenolith_host_frame+88(%rip)
  mov %r12, xenolith_host_frame+96(%rip)
  mov %r13, xenolith_host_frame+104(%rip)
  mov %r14, xenolith_host_frame+112(%rip)
  mov %r15, xenolith_host_frame+120(%rip)
  pushfq
  popq xenolith_host_frame+136(%rip)
  cld
  pop %r15; pop %r14; pop %r13; pop %r12; pop %rbp; pop %rbx
  ret
)");

namespace xenolith::testing {
namespace {
constexpr size_t code_size = 4096;
constexpr u8 return_opcode = 0xc3;
constexpr u64 loaded_flags = rflags_bit::arithmetic | rflags_bit::direction;
}  // namespace

HostProcessor::HostProcessor() {
  void* page = mmap(nullptr, code_size, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) throw std::bad_alloc{};
  code_ = static_cast<u8*>(page);
}

HostProcessor::~HostProcessor() { munmap(code_, code_size); }

void HostProcessor::execute(std::span<const u8> instruction, GuestRegisters& registers) {
  std::memcpy(code_, instruction.data(), instruction.size());
  code_[instruction.size()] = return_opcode;
  u64 stack = registers.rsp();
  u64 other_flags = registers.rflags & ~loaded_flags;
  xenolith_host_frame.registers = registers;
  u64 kept_flags = rflags_bit::fixed_one | rflags_bit::interrupt;
  xenolith_host_frame.registers.rflags = (registers.rflags & loaded_flags) | kept_flags;
  xenolith_host_frame.code = code_;
  xenolith_host_run();
  registers.gpr = xenolith_host_frame.registers.gpr;
  registers.set_rsp(stack);
  registers.rflags = (xenolith_host_frame.registers.rflags & loaded_flags) | other_flags;
}

}  // namespace xenolith::testing
