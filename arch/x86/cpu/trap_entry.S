/* SPDX-License-Identifier: MIT */
/* Entry points of the 256 vectors, 16 bytes each: push an error code where the CPU does not, push the vector, and on to the
   common part, which builds a TrapFrame. Also the register accesses that may fault. */
  .text
  .balign 16
  .globl trap_stubs
trap_stubs:
  vector = 0
  .rept 256
  .balign 16
  .if vector != 8 && vector != 10 && vector != 11 && vector != 12 && vector != 13 && vector != 14 && vector != 17 && \
      vector != 21 && vector != 29 && vector != 30
  push $0
  .endif
  push $vector
  jmp trap_common
  vector = vector + 1
  .endr

  .balign 16
trap_common:
  push %r15
  push %r14
  push %r13
  push %r12
  push %r11
  push %r10
  push %r9
  push %r8
  push %rdi
  push %rsi
  push %rbp
  push %rsp
  push %rbx
  push %rdx
  push %rcx
  push %rax
  cld
  mov %rsp, %rdi
  mov %rsp, %rbx
  and $-16, %rsp
  call handle_trap
  mov %rbx, %rsp
  pop %rax
  pop %rcx
  pop %rdx
  pop %rbx
  add $8, %rsp
  pop %rbp
  pop %rsi
  pop %rdi
  pop %r8
  pop %r9
  pop %r10
  pop %r11
  pop %r12
  pop %r13
  pop %r14
  pop %r15
  add $16, %rsp
  iretq

/* bool rdmsr_or_fault(u32 msr, u64* value): false on #GP. */
  .globl rdmsr_or_fault
rdmsr_or_fault:
  mov %edi, %ecx
1:rdmsr
  shl $32, %rdx
  mov %eax, %eax
  or %rdx, %rax
  mov %rax, (%rsi)
  mov $1, %eax
  ret
/* bool wrmsr_or_fault(u32 msr, u64 value): false on #GP. */
  .globl wrmsr_or_fault
wrmsr_or_fault:
  mov %edi, %ecx
  mov %esi, %eax
  mov %rsi, %rdx
  shr $32, %rdx
2:wrmsr
  mov $1, %eax
  ret
3:xor %eax, %eax
  ret
  .section .exception_fixups, "a"
  .quad 1b, 3b
  .quad 2b, 3b
  .section .note.GNU-stack, "", @progbits
