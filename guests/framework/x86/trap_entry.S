// SPDX-License-Identifier: MIT
// Entries of the interrupt descriptor table, 16 bytes apart, and the way back out of a function that trapped.
  .text
  .code64
  .globl trap_entries
  .balign 16
trap_entries:
vector = 0
  .rept 256
  .balign 16
  // Vectors for which the processor pushes an error code (AMD64 APM volume 2, section 8.2 "Vectors")
  .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21)
  pushq $0
  .endif
  pushq $vector
  jmp trap_common
  vector = vector + 1
  .endr

trap_common:
  pushq %rax
  pushq %rbx
  pushq %rcx
  pushq %rdx
  pushq %rsi
  pushq %rdi
  pushq %rbp
  pushq %r8
  pushq %r9
  pushq %r10
  pushq %r11
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  cld
  movq %rsp, %rdi
  call handle_trap
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %r11
  popq %r10
  popq %r9
  popq %r8
  popq %rbp
  popq %rdi
  popq %rsi
  popq %rdx
  popq %rcx
  popq %rbx
  popq %rax
  addq $16, %rsp
  iretq

// bool call_catching(void (*function)(void*), void* argument, u64* where): whether the function was left by leave_catching(*where).
  .globl call_catching
call_catching:
  pushq %rbx
  pushq %rbp
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  pushfq
  movq %rsp, (%rdx)
  movq %rdi, %rax
  movq %rsi, %rdi
  call *%rax
  xorl %eax, %eax
leave:
  popfq
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbp
  popq %rbx
  ret

  .globl leave_catching
leave_catching:
  movq %rdi, %rsp
  movl $1, %eax
  jmp leave

  .section .note.GNU-stack, "", @progbits
