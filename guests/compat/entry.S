// SPDX-License-Identifier: MIT
// The PVH entry (xen/arch-x86/hvm/start_info.h): 32-bit protected mode with flat segments, paging off, %ebx = start information.
#define __ASSEMBLY__
#include <xen/elfnote.h>

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
  movl $stack_end, %esp
  xorl %ebp, %ebp
  call compat_main
  ud2

  .section .bss
  .globl hypercall_page
  .balign 4096
hypercall_page: .skip 4096
  .skip 16384
stack_end:

  .section .note.GNU-stack, "", @progbits
