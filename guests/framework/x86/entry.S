// SPDX-License-Identifier: MIT
// From the PVH entry (xen/arch-x86/hvm/start_info.h: 32-bit protected mode, paging off, %ebx = start information) and from a
// start-up IPI to 64-bit mode. Memory below 4 GiB is mapped as it is, in 2 MiB pages that ring 3 may use too.
#define __ASSEMBLY__
#include <xen/elfnote.h>

#define CODE32 0x08
#define CODE64 0x10
#define DATA   0x18
#define MSR_EFER 0xc0000080

  .section .note.Xen, "a", @note
  .balign 4
  .long 4, 4, XEN_ELFNOTE_PHYS32_ENTRY
  .asciz "Xen"
  .long pvh_entry

  .section .text.entry, "ax"
  .code32
  .globl pvh_entry
pvh_entry:
  cld
  movl %ebx, guest_start_info
  lgdt boot_gdt_pointer
  // Page directories: entry i of the four maps 2 MiB number i.
  movl $page_directories, %edi
  movl $0x87, %eax                  // present, writable, user, large
  xorl %ecx, %ecx
1:movl %eax, (%edi,%ecx,8)
  movl $0, 4(%edi,%ecx,8)
  addl $0x200000, %eax
  incl %ecx
  cmpl $2048, %ecx
  jne 1b
  movl $(page_directories + 7), %eax
  xorl %ecx, %ecx
2:movl %eax, pointer_table(,%ecx,8)
  addl $4096, %eax
  incl %ecx
  cmpl $4, %ecx
  jne 2b
  movl $(pointer_table + 7), top_table
  movl $boot_stack_end, secondary_stack
  movl $guest_main, secondary_entry
  ljmp $CODE32, $enter_long_mode

// Protected mode, no paging; goes on at secondary_entry on secondary_stack.
enter_long_mode:
  movl $DATA, %eax
  movl %eax, %ds
  movl %eax, %es
  movl %eax, %ss
  movl $top_table, %eax
  movl %eax, %cr3
  movl $0x20, %eax                  // PAE
  movl %eax, %cr4
  movl $MSR_EFER, %ecx
  rdmsr
  orl $0x100, %eax                  // LME
  wrmsr
  movl $0x80010031, %eax            // PG, WP, NE, ET, PE
  movl %eax, %cr0
  ljmp $CODE64, $in_long_mode
  .code64
in_long_mode:
  movq secondary_stack, %rsp
  xorl %ebp, %ebp
  call *secondary_entry
  ud2

// Copied to a page below 1 MiB; a start-up IPI begins here with %cs = the page.
  .code16
  .globl startup_code, startup_code_end
startup_code:
  cli
  movw %cs, %ax
  movw %ax, %ds
  lgdtl boot_gdt_pointer_copy - startup_code
  movl $0x11, %eax
  movl %eax, %cr0
  ljmpl $CODE32, $enter_long_mode
  .balign 4
boot_gdt_pointer_copy:
  .word boot_gdt_end - boot_gdt - 1
  .long boot_gdt
startup_code_end:

  .section .rodata
  .balign 8
boot_gdt:
  .quad 0
  .quad 0x00cf9b000000ffff          // CODE32
  .quad 0x00af9b000000ffff          // CODE64
  .quad 0x00cf93000000ffff          // DATA
boot_gdt_end:
boot_gdt_pointer:
  .word boot_gdt_end - boot_gdt - 1
  .long boot_gdt

  .section .bss
  .globl guest_start_info, secondary_stack, secondary_entry, top_table, hypercall_page
guest_start_info: .quad 0
secondary_stack: .quad 0
secondary_entry: .quad 0
  .balign 4096
top_table: .skip 4096
pointer_table: .skip 4096
page_directories: .skip 4 * 4096
hypercall_page: .skip 4096
boot_stack: .skip 16384
boot_stack_end:

  .section .note.GNU-stack, "", @progbits
