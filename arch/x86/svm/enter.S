/* SPDX-License-Identifier: MIT */
/* void svm_enter(u64 vmcb, u64* gpr, u64 host_vmcb): loads the guest's general registers from gpr (encoding order; rax and rsp
   are in the VMCB), runs the guest until its next exit, stores them back. Host state that VMRUN does not keep (FS, GS, TR,
   LDTR, system call registers) is loaded again from host_vmcb. Called with interrupts off. */
#include "arch/x86/speculation/guest_border.h"
  .text
  .globl svm_enter
svm_enter:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  push %rdx
  push %rsi
  mov %rdi, %rax
  SPECULATION_BEFORE_ENTRY
  clgi
  sti                     /* held back by GIF until the guest runs, where it makes an exit */
  mov 0x08(%rsi), %rcx
  mov 0x10(%rsi), %rdx
  mov 0x18(%rsi), %rbx
  mov 0x28(%rsi), %rbp
  mov 0x38(%rsi), %rdi
  mov 0x40(%rsi), %r8
  mov 0x48(%rsi), %r9
  mov 0x50(%rsi), %r10
  mov 0x58(%rsi), %r11
  mov 0x60(%rsi), %r12
  mov 0x68(%rsi), %r13
  mov 0x70(%rsi), %r14
  mov 0x78(%rsi), %r15
  mov 0x30(%rsi), %rsi
  vmload %rax
  vmrun %rax
  .globl svm_after_run
svm_after_run:
  vmsave %rax
  push %rsi
  mov 8(%rsp), %rsi
  mov %rcx, 0x08(%rsi)
  mov %rdx, 0x10(%rsi)
  mov %rbx, 0x18(%rsi)
  mov %rbp, 0x28(%rsi)
  mov %rdi, 0x38(%rsi)
  mov %r8, 0x40(%rsi)
  mov %r9, 0x48(%rsi)
  mov %r10, 0x50(%rsi)
  mov %r11, 0x58(%rsi)
  mov %r12, 0x60(%rsi)
  mov %r13, 0x68(%rsi)
  mov %r14, 0x70(%rsi)
  mov %r15, 0x78(%rsi)
  pop %rcx
  mov %rcx, 0x30(%rsi)
  add $8, %rsp
  SPECULATION_AFTER_EXIT
  pop %rax                /* host_vmcb */
  vmload %rax
  cli                     /* before STGI: pending interrupts are taken by the caller's sti */
  stgi
  /* No guest value stays in a register that speculation could use. */
  xor %ecx, %ecx
  xor %edx, %edx
  xor %edi, %edi
  xor %r8d, %r8d
  xor %r9d, %r9d
  xor %r10d, %r10d
  xor %r11d, %r11d
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbx
  pop %rbp
  ret
  .section .note.GNU-stack, "", @progbits
