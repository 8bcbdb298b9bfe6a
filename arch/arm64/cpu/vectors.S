/* SPDX-License-Identifier: MIT */
/* The exception vectors of EL2 (ARM Architecture Reference Manual, section D1.3.1.5 "Exception vectors"): what hits the hypervisor
   builds a TrapFrame (cpu/traps.hpp) on its stack; what comes from a guest leaves enter_guest(). */
#define FRAME_SIZE 288

  .macro vector kind
  .balign 0x80
  sub sp, sp, #FRAME_SIZE
  stp x0, x1, [sp]
  mov x0, #\kind
  b trap_common
  .endm

  .macro from_guest kind
  .balign 0x80
  stp x0, x1, [sp, #-16]!
  mov x1, #\kind
  b guest_exit
  .endm

  .section .text.vectors, "ax"
  .balign 2048
  .globl exception_vectors
exception_vectors:
  vector 4                      /* current EL with SP_EL0, which is not used */
  vector 5
  vector 6
  vector 7
  vector 0                      /* current EL: synchronous, IRQ, FIQ, SError */
  vector 1
  vector 2
  vector 3
  from_guest 0                  /* lower EL, AArch64 */
  from_guest 1
  from_guest 2
  from_guest 3
  from_guest 0                  /* lower EL, AArch32 */
  from_guest 1
  from_guest 2
  from_guest 3

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
  add x1, sp, #FRAME_SIZE
  stp x30, x1, [sp, #240]
  mrs x1, elr_el2
  mrs x2, spsr_el2
  stp x1, x2, [sp, #256]
  mrs x1, esr_el2
  stp x1, x0, [sp, #272]
  mov x0, sp
  bl handle_trap
  ldp x1, x2, [sp, #256]
  msr elr_el2, x1
  msr spsr_el2, x2
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
  ldp x0, x1, [sp], #FRAME_SIZE
  eret
  dsb nsh
  isb

/* u64 enter_guest(GuestRegisters* registers): runs the guest until its next exit, with interrupts off; answers its kind: 0
   synchronous, 1 IRQ, 2 FIQ, 3 SError. registers: x0 to x30, pc, pstate. */
  .globl enter_guest
enter_guest:
  stp x29, x30, [sp, #-96]!
  mov x29, sp
  stp x19, x20, [sp, #16]
  stp x21, x22, [sp, #32]
  stp x23, x24, [sp, #48]
  stp x25, x26, [sp, #64]
  stp x27, x28, [sp, #80]
  mrs x1, tpidr_el2
  str x0, [x1, #8]              /* CpuBlock::guest */
  ldp x1, x2, [x0, #248]
  msr elr_el2, x1
  msr spsr_el2, x2
  ldp x2, x3, [x0, #16]
  ldp x4, x5, [x0, #32]
  ldp x6, x7, [x0, #48]
  ldp x8, x9, [x0, #64]
  ldp x10, x11, [x0, #80]
  ldp x12, x13, [x0, #96]
  ldp x14, x15, [x0, #112]
  ldp x16, x17, [x0, #128]
  ldp x18, x19, [x0, #144]
  ldp x20, x21, [x0, #160]
  ldp x22, x23, [x0, #176]
  ldp x24, x25, [x0, #192]
  ldp x26, x27, [x0, #208]
  ldp x28, x29, [x0, #224]
  ldr x30, [x0, #240]
  ldp x0, x1, [x0]
  eret
  dsb nsh
  isb

/* x0, x1 of the guest are on the stack; x1: kind. */
guest_exit:
  mrs x0, tpidr_el2
  ldr x0, [x0, #8]
  stp x2, x3, [x0, #16]
  mov x2, x1
  stp x4, x5, [x0, #32]
  ldp x4, x5, [sp], #16
  stp x4, x5, [x0]
  stp x6, x7, [x0, #48]
  stp x8, x9, [x0, #64]
  stp x10, x11, [x0, #80]
  stp x12, x13, [x0, #96]
  stp x14, x15, [x0, #112]
  stp x16, x17, [x0, #128]
  stp x18, x19, [x0, #144]
  stp x20, x21, [x0, #160]
  stp x22, x23, [x0, #176]
  stp x24, x25, [x0, #192]
  stp x26, x27, [x0, #208]
  stp x28, x29, [x0, #224]
  str x30, [x0, #240]
  mrs x3, elr_el2
  mrs x4, spsr_el2
  stp x3, x4, [x0, #248]
  mov x0, x2
  /* No guest value stays in a register that speculation could use. */
  mov x1, #0
  mov x5, #0
  mov x6, #0
  mov x7, #0
  mov x8, #0
  mov x9, #0
  mov x10, #0
  mov x11, #0
  mov x12, #0
  mov x13, #0
  mov x14, #0
  mov x15, #0
  mov x16, #0
  mov x17, #0
  mov x18, #0
  ldp x19, x20, [sp, #16]
  ldp x21, x22, [sp, #32]
  ldp x23, x24, [sp, #48]
  ldp x25, x26, [sp, #64]
  ldp x27, x28, [sp, #80]
  ldp x29, x30, [sp], #96
  ret
  .section .note.GNU-stack, "", @progbits
