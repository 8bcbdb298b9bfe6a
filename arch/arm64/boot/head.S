/* SPDX-License-Identifier: MIT */
/* Entry from boot loaders that load a Linux Image (Linux kernel documentation, "Booting AArch64 Linux"): EL2, MMU off, x0 = machine
   address of the device tree, the image at any multiple of 2 MiB. And of secondary CPUs, from PSCI or a spin table. Both end at the
   image's linked address with paging on. This page is mapped at its machine address, too, for as long as the hypervisor runs.
   The image is an EFI application as well (Microsoft's "PE Format"): efi_entry, behind which the first way is taken. */

#define IMAGE_SLOT 257
#define SCTLR_RES1 0x30c50830             /* SCTLR_EL2: bits that are one */
#define SCTLR_PAGING 0x100d               /* M, C, SA, I */
#define MAIR 0x00ff0400                   /* 0: device nGnRnE, 1: device nGnRE, 2: normal write-back */
#define TCR 0x80803510                    /* RES1; SH0 inner, ORGN0, IRGN0 write-back, T0SZ 16 */
#define BLOCK_NORMAL 0x749                /* block, attribute 2, AP[1], inner shareable, accessed */
#define TABLE 3

  .section .head, "ax"
  .globl image_start
image_start:
  ccmp x18, #0, #0xd, pl                  /* "MZ", and without effect */
  b entry
  .quad 0                                 /* offset from a multiple of 2 MiB */
  .quad image_size
  .quad 0xa                               /* little-endian, 4 KiB pages, anywhere in memory */
  .quad 0, 0, 0
  .ascii "ARM\x64"
  .long pe_header - image_start

pe_header:
  .ascii "PE\0\0"
  .short 0xaa64                           /* machine */
  .short 2                                /* sections */
  .long 0, 0, 0
  .short pe_sections - pe_optional
  .short 0x206                            /* executable; no line numbers, no debugging symbols */
pe_optional:
  .short 0x20b                            /* PE32+ */
  .byte 0, 0                              /* linker version */
  .long pe_text_size, pe_data_size, 0
  .long efi_entry_offset
  .long 0x1000                            /* base of code */
  .quad 0                                 /* preferred place */
  .long 0x1000, 0x1000                    /* alignment in memory and in the file */
  .short 0, 0, 0, 0, 0, 0
  .long 0
  .long image_size_low
  .long 0x1000                            /* headers: this page */
  .long 0
  .short 10                               /* an EFI application */
  .short 0
  .quad 0, 0, 0, 0
  .long 0, 6
  .quad 0, 0, 0, 0, 0, 0
pe_sections:
  .ascii ".text\0\0\0"
  .long pe_text_size, 0x1000, pe_text_size, 0x1000
  .long 0, 0, 0
  .long 0x60000020                        /* code, executed, read */
  .ascii ".data\0\0\0"
  .long pe_data_memory, pe_data_offset, pe_data_size, pe_data_offset
  .long 0, 0, 0
  .long 0xc0000040                        /* data, read, written */

entry:
  mrs x1, CurrentEL
  cmp x1, #8
  b.ne not_el2
  msr daifset, #0xf
  mov x20, x0                             /* device tree */
  adr x21, image_start                    /* machine address of the image */

  /* The tables are written past the caches, so what the caches hold of them is dropped before and after. */
  adrp x0, boot_tables_start
  add x0, x0, :lo12:boot_tables_start
  adrp x1, boot_tables_end
  add x1, x1, :lo12:boot_tables_end
  bl drop_cached
  adrp x0, boot_tables_start
1:stp xzr, xzr, [x0], #16
  cmp x0, x1
  b.lo 1b

  adrp x2, boot_l0
  /* This page where it is: one block of 2 MiB. */
  adrp x3, boot_identity_l1
  adrp x4, boot_identity_l2
  lsr x5, x21, #39
  orr x6, x3, #TABLE
  str x6, [x2, x5, lsl #3]
  ubfx x5, x21, #30, #9
  orr x6, x4, #TABLE
  str x6, [x3, x5, lsl #3]
  ubfx x5, x21, #21, #9
  mov x7, #BLOCK_NORMAL
  orr x6, x21, x7
  str x6, [x4, x5, lsl #3]
  /* The image at its linked address: 8 blocks. */
  adrp x3, boot_image_l1
  adrp x4, boot_image_l2
  orr x6, x3, #TABLE
  str x6, [x2, #(IMAGE_SLOT * 8 & 0xff8)]
  orr x6, x4, #TABLE
  str x6, [x3, #8]
  orr x6, x21, x7
  mov x8, #0
2:str x6, [x4, x8, lsl #3]
  add x6, x6, #0x200000
  add x8, x8, #1
  cmp x8, #8
  b.lo 2b
  adrp x0, boot_tables_start
  bl drop_cached

  ldr x9, =start_virtual
  adrp x0, boot_l0
  b enter_paging

/* x0..x1: lines of the range are dropped from the data cache. x1 is kept. */
drop_cached:
  dsb sy
  mrs x2, ctr_el0
  ubfx x2, x2, #16, #4
  mov x3, #4
  lsl x2, x3, x2
3:dc ivac, x0
  add x0, x0, x2
  cmp x0, x1
  b.lo 3b
  dsb sy
  ret

/* x0: machine address of the top table, x9: where to go on, in the address space that it makes. Paging is off. */
enter_paging:
  ldr x1, =MAIR
  msr mair_el2, x1
  ldr x1, =TCR
  mrs x2, id_aa64mmfr0_el1
  and x2, x2, #0xf
  cmp x2, #5                              /* 48 bits of machine addresses at most */
  mov x3, #5
  csel x2, x2, x3, lo
  bfi x1, x2, #16, #3
  msr tcr_el2, x1
  msr ttbr0_el2, x0
  ic iallu
  tlbi alle2
  dsb sy
  isb
  ldr x1, =(SCTLR_RES1 | SCTLR_PAGING)
  msr sctlr_el2, x1
  isb
  br x9

/* void change_page_tables(u64 root): leaves one set of tables for another in between of which paging is off, as they map the image
   in pages of different size. Called at the linked address. */
  .globl change_page_tables
change_page_tables:
  adr x9, 5f                              /* linked address to return by */
  ldr x1, image_machine_address
  ldr x2, =image_start
  ldr x3, =4f
  sub x3, x3, x2
  add x3, x3, x1
  br x3
4:ldr x1, =SCTLR_RES1
  msr sctlr_el2, x1
  isb
  b enter_paging
5:ret

/* A secondary CPU: paging off. secondary_root and secondary_block are there in memory. */
  .globl secondary_start
secondary_start:
  msr daifset, #0xf
  ldr x0, secondary_root
  ldr x9, =secondary_virtual
  b enter_paging

not_el2:
  wfe
  b not_el2

  .balign 8
  .globl image_machine_address, secondary_root
image_machine_address: .quad 0            /* written before this page becomes read-only */
secondary_root: .quad 0
  .ltorg

  .text
/* x0: image handle, x1: system table of the firmware, whose address space this is. */
  .globl efi_entry
efi_entry:
  stp x29, x30, [sp, #-32]!
  mrs x2, CurrentEL
  cmp x2, #8
  mov x3, #3                              /* unsupported, with the bit of errors */
  orr x3, x3, #(1 << 63)
  csel x0, x0, x3, eq
  b.ne 7f
  add x2, sp, #16                         /* Handover */
  bl efi_start
  cbnz x0, 7f
  ldp x21, x20, [sp, #16]                 /* where the image is now, its device tree */
  adrp x1, image_start
  adr x2, 8f
  sub x2, x2, x1
  add x2, x2, x21
  br x2
7:ldp x29, x30, [sp], #32
  ret
/* In the copy, which is clean in memory: the firmware's paging and caches go off. */
8:dsb sy
  mrs x1, sctlr_el2
  mov x2, #SCTLR_PAGING
  bic x1, x1, x2
  msr sctlr_el2, x1
  isb
  ic iallu
  dsb sy
  isb
  mov x0, x20
  mov x1, #0
  mov x2, #0
  mov x3, #0
  b entry

start_virtual:
  adrp x0, boot_stack_end
  add sp, x0, :lo12:boot_stack_end
  /* The rest of the image's zeros. */
  adrp x0, boot_tables_end
  add x0, x0, :lo12:boot_tables_end
  ldr x1, =image_end
6:stp xzr, xzr, [x0], #16
  cmp x0, x1
  b.lo 6b
  adrp x0, boot_block
  add x0, x0, :lo12:boot_block
  msr tpidr_el2, x0
  adr x0, image_machine_address
  str x21, [x0]
  mov x29, #0
  mov x30, #0
  mov x0, x20
  mov x1, x21
  b start_hypervisor                      /* x0: machine address of the device tree, x1: of the image */

secondary_virtual:
  adrp x0, secondary_block
  ldr x0, [x0, :lo12:secondary_block]
  msr tpidr_el2, x0
  ldr x1, [x0, #16]
  mov sp, x1
  mov x29, #0
  mov x30, #0
  b secondary_entry

  .section .boot_tables, "aw", @nobits
  .balign 4096
  .globl boot_image_l2
boot_l0: .skip 4096
boot_identity_l1: .skip 4096
boot_identity_l2: .skip 4096
boot_image_l1: .skip 4096
boot_image_l2: .skip 4096
  .section .bss
  .balign 16
boot_stack: .skip 32768
boot_stack_end:
  .section .note.GNU-stack, "", @progbits
