// SPDX-License-Identifier: MIT
// A Linux Image (Linux kernel documentation, "Booting AArch64 Linux"), entered at EL1 with paging off, x0 = device tree, anywhere in
// memory: its own addresses are corrected first. Memory is mapped as it is, in pages of 1 GiB: the one that holds the image as memory,
// the first as devices, the others as memory.
#define SCTLR 0x30d0180d         /* bits that are one; M, C, SA, I */
#define MAIR 0xff04              /* 0: device nGnRE, 1: normal write-back */
#define TCR 0x200803519          /* 39 bits of addresses below, none above; 40 bits of physical addresses */
#define DEVICE 0x401
#define MEMORY 0x705

  .section .text.entry, "ax"
  .globl image_entry
image_entry:
  b start
  .long 0
  .quad 0
  .quad image_size
  .quad 0xa
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .long 0

start:
  mov x20, x0
  adr x21, image_entry
  // Relocations of kind R_AARCH64_RELATIVE: the place becomes base + addend.
  adrp x1, relocations
  add x1, x1, :lo12:relocations
  adrp x2, relocations_end
  add x2, x2, :lo12:relocations_end
1:cmp x1, x2
  b.hs 2f
  ldp x3, x4, [x1], #16
  ldr x5, [x1], #8
  cmp w4, #1027
  b.ne 1b
  add x5, x5, x21
  str x5, [x3, x21]
  b 1b
2:adrp x1, zeros
  add x1, x1, :lo12:zeros
  adrp x2, zeros_end
  add x2, x2, :lo12:zeros_end
6:stp xzr, xzr, [x1], #16
  cmp x1, x2
  b.lo 6b
  adrp x0, page_table
  add x0, x0, :lo12:page_table
  mov x1, #0
  mov x3, #MEMORY
3:lsl x2, x1, #30
  orr x2, x2, x3
  str x2, [x0, x1, lsl #3]
  add x1, x1, #1
  cmp x1, #512
  b.lo 3b
  lsr x1, x21, #30
  cbz x1, 4f
  mov x2, #DEVICE
  str x2, [x0]
4:adrp x9, boot_stack_end
  add x9, x9, :lo12:boot_stack_end
  adr x10, 5f
  b enter_paging
5:mov x0, x20
  b guest_start

// x9: stack, x10: where to go on.
enter_paging:
  adrp x0, page_table
  add x0, x0, :lo12:page_table
  ldr x1, =MAIR
  msr mair_el1, x1
  ldr x1, =TCR
  msr tcr_el1, x1
  msr ttbr0_el1, x0
  tlbi vmalle1
  dsb sy
  isb
  ldr x1, =SCTLR
  msr sctlr_el1, x1
  isb
  mov sp, x9
  mov x29, #0
  mov x30, #0
  br x10

// A secondary vCPU.
  .globl secondary_code
secondary_code:
  adrp x9, secondary_stack
  ldr x9, [x9, :lo12:secondary_stack]
  adr x10, begin_secondary_here
  b enter_paging
begin_secondary_here:
  b begin_secondary
  .ltorg

  .section .bss
  .balign 4096
page_table: .skip 4096
boot_stack: .skip 16384
boot_stack_end:

  .section .note.GNU-stack, "", @progbits
