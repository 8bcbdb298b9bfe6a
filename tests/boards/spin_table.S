/* SPDX-License-Identifier: MIT */
/* A boot loader for QEMU's machine virt whose secondary CPUs wait in a spin table (Linux kernel documentation, "Booting AArch64 Linux"): it starts
   them by PSCI into a loop, then goes on to the image that lies at IMAGE, with the device tree that it was given. Linked at RELEASE - 0x1000;
   the release address of CPU n is RELEASE + 8 n. test_boards.py builds it. */
#define CPU_ON 0xc4000003                 /* PSCI, "CPU_ON", 64 bits */

  .text
  .globl _start
_start:
  mov x19, x0
  mov x20, #1
1:ldr x0, =CPU_ON
  mov x1, x20
  adr x2, wait
  ldr x3, =RELEASE
  add x3, x3, x20, lsl #3
  smc #0
  cbnz x0, 2f                             /* there is no such CPU */
  add x20, x20, #1
  cmp x20, #8
  b.lo 1b
2:mov x0, x19
  mov x1, #0
  mov x2, #0
  mov x3, #0
  ldr x4, =IMAGE
  br x4

/* x0: this CPU's release address. */
wait:
  wfe
  ldr x1, [x0]
  cbz x1, wait
  mov x0, #0
  br x1
  .ltorg
  .section .note.GNU-stack, "", @progbits
