// SPDX-License-Identifier: MIT
// Exception vectors of EL1, and the way back out of a function that trapped.
#define FRAME 288
  .macro vector kind
  .balign 0x80
  sub sp, sp, #FRAME
  stp x0, x1, [sp]
  mov x0, #\kind
  b trap_common
  .endm

  .text
  .balign 2048
  .globl exception_vectors
exception_vectors:
  .rept 4
  vector 0
  vector 1
  vector 2
  vector 3
  .endr

trap_common:
  stp x2, x3, [sp, #16]
  stp x4, x5, [sp, #32]
  stp x6, x7, [sp, #48]
  stp x8, x9, [sp, #64]
  stp x10, x11, [sp, #80]
  stp x12, x13, [sp, #96]
  stp x14, x15, [sp, #112]
  stp x16, x17, [sp, #128]
  stp x18, x19, [sp, #144]
  stp x20, x21, [sp, #160]
  stp x22, x23, [sp, #176]
  stp x24, x25, [sp, #192]
  stp x26, x27, [sp, #208]
  stp x28, x29, [sp, #224]
  stp x30, x0, [sp, #240]
  mrs x1, elr_el1
  mrs x2, spsr_el1
  stp x1, x2, [sp, #256]
  mrs x1, esr_el1
  mrs x2, far_el1
  stp x1, x2, [sp, #272]
  mov x0, sp
  bl handle_trap
  ldp x1, x2, [sp, #256]
  msr elr_el1, x1
  msr spsr_el1, x2
  ldp x2, x3, [sp, #16]
  ldp x4, x5, [sp, #32]
  ldp x6, x7, [sp, #48]
  ldp x8, x9, [sp, #64]
  ldp x10, x11, [sp, #80]
  ldp x12, x13, [sp, #96]
  ldp x14, x15, [sp, #112]
  ldp x16, x17, [sp, #128]
  ldp x18, x19, [sp, #144]
  ldp x20, x21, [sp, #160]
  ldp x22, x23, [sp, #176]
  ldp x24, x25, [sp, #192]
  ldp x26, x27, [sp, #208]
  ldp x28, x29, [sp, #224]
  ldr x30, [sp, #240]
  ldp x0, x1, [sp], #FRAME
  eret

// bool call_catching(void (*function)(void*), void* argument, u64* where): whether the function was left by leave_catching(*where).
  .globl call_catching
call_catching:
  stp x29, x30, [sp, #-112]!
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  mrs x9, daif
  str x9, [sp, #96]
  mov x9, sp
  str x9, [x2]
  mov x9, x0
  mov x0, x1
  blr x9
  mov x0, #0
leave:
  ldr x9, [sp, #96]
  msr daif, x9
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp x29, x30, [sp], #112
  ret

  .globl leave_catching
leave_catching:
  mov sp, x0
  mov x0, #1
  b leave

  .section .note.GNU-stack, "", @progbits
