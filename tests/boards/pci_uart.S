/* SPDX-License-Identifier: MIT */
/* A boot loader that gives a 16550 on a PCI card its place, as a board's firmware would: the card's configuration space is at CONFIG, its registers
   will be at the I/O port PORT. Then it goes on to the image that lies at IMAGE, with the device tree that it was given. test_boards.py builds it. */
#define COMMAND 0x04                      /* PCI Local Bus Specification 3.0, section 6.2 "PCI Configuration Space Functions" */
#define BAR0 0x10

  .text
  .globl _start
_start:
  ldr x1, =CONFIG
  ldr w2, =PORT + 1                       /* bit 0: an I/O port */
  str w2, [x1, #BAR0]
  mov w2, #1                              /* answer to I/O ports */
  strh w2, [x1, #COMMAND]
  dsb sy
  mov x1, #0
  ldr x4, =IMAGE
  br x4
  .ltorg
  .section .note.GNU-stack, "", @progbits
