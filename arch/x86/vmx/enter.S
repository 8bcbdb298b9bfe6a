/* SPDX-License-Identifier: MIT */
/* u64 vmx_enter(u64* gpr, bool launch): loads the guest's general registers from gpr (encoding order; rsp is in the VMCS), runs the
   guest until its next exit, stores them back and returns 0; or returns how VMLAUNCH or VMRESUME failed: 1 no current VMCS,
   2 see the instruction-error field. Called with interrupts off, which an exit leaves off. */
#include "arch/x86/speculation/guest_border.h"
  .set host_rsp, 0x6c14
  .text
  .globl vmx_enter
vmx_enter:
  push %rbp
  push %rbx
  push %r12
  push %r13
  push %r14
  push %r15
  push %rdi
  SPECULATION_BEFORE_ENTRY
  mov $host_rsp, %eax
  vmwrite %rsp, %rax
  jbe 2f
  test %sil, %sil         /* kept in ZF: moves do not change it */
  mov 0x00(%rdi), %rax
  mov 0x08(%rdi), %rcx
  mov 0x10(%rdi), %rdx
  mov 0x18(%rdi), %rbx
  mov 0x28(%rdi), %rbp
  mov 0x30(%rdi), %rsi
  mov 0x40(%rdi), %r8
  mov 0x48(%rdi), %r9
  mov 0x50(%rdi), %r10
  mov 0x58(%rdi), %r11
  mov 0x60(%rdi), %r12
  mov 0x68(%rdi), %r13
  mov 0x70(%rdi), %r14
  mov 0x78(%rdi), %r15
  mov 0x38(%rdi), %rdi
  jnz 1f
  vmresume
  jmp 2f
1:
  vmlaunch
2:                        /* not entered: CF or ZF says why */
  mov $1, %esi
  jc 3f
  mov $2, %esi
3:
  pop %rdi
  jmp 4f
  .globl vmx_after_exit
vmx_after_exit:
  push %rdi
  mov 8(%rsp), %rdi
  mov %rax, 0x00(%rdi)
  mov %rcx, 0x08(%rdi)
  mov %rdx, 0x10(%rdi)
  mov %rbx, 0x18(%rdi)
  mov %rbp, 0x28(%rdi)
  mov %rsi, 0x30(%rdi)
  mov %r8, 0x40(%rdi)
  mov %r9, 0x48(%rdi)
  mov %r10, 0x50(%rdi)
  mov %r11, 0x58(%rdi)
  mov %r12, 0x60(%rdi)
  mov %r13, 0x68(%rdi)
  mov %r14, 0x70(%rdi)
  mov %r15, 0x78(%rdi)
  pop %rcx
  mov %rcx, 0x38(%rdi)
  pop %rdi
  xor %esi, %esi
4:
  SPECULATION_AFTER_EXIT
  mov %esi, %eax
  /* No guest value stays in a register that speculation could use. */
  xor %ecx, %ecx
  xor %edx, %edx
  xor %esi, %esi
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
