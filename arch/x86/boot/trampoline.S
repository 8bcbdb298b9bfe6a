/* SPDX-License-Identifier: MIT */
/* Where the other processors start, in real mode at physical 0x8000, where a copy of this lies. The parameters at the end are
   filled in by cpu/smp.cpp. Ends in 64-bit mode at the address in trampoline_entry, on the stack in trampoline_stack. */
#define BASE 0x8000
#define AT(symbol) (symbol - trampoline_start + BASE)
  .section .rodata
  .balign 16
  .globl trampoline_start, trampoline_end, trampoline_root, trampoline_stack, trampoline_entry, trampoline_efer
  .code16
trampoline_start:
  cli
  xor %ax, %ax
  mov %ax, %ds
  lgdtl AT(trampoline_gdt_pointer)
  mov $0x21, %eax               /* CR0: PE, NE */
  mov %eax, %cr0
  ljmpl $8, $AT(1f)
  .code32
1:mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov $0x20, %eax               /* CR4.PAE */
  mov %eax, %cr4
  mov AT(trampoline_root), %eax
  mov %eax, %cr3
  mov $0xc0000080, %ecx
  mov AT(trampoline_efer), %eax
  xor %edx, %edx
  wrmsr
  mov $0x80010033, %eax         /* CR0: PG, WP, NE, ET, MP, PE */
  mov %eax, %cr0
  ljmpl $24, $AT(2f)
  .code64
2:mov AT(trampoline_stack), %rsp
  xor %ebp, %ebp
  mov AT(trampoline_entry), %rax
  jmp *%rax
  .balign 8
trampoline_gdt:
  .quad 0, 0x00cf9a000000ffff, 0x00cf92000000ffff, 0x00af9a000000ffff
trampoline_gdt_pointer:
  .short 31
  .long AT(trampoline_gdt)
  .balign 8
trampoline_root: .quad 0
trampoline_stack: .quad 0
trampoline_entry: .quad 0
trampoline_efer: .quad 0
trampoline_end:
  .section .note.GNU-stack, "", @progbits
