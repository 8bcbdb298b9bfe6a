/* SPDX-License-Identifier: MIT */
/* Entry from boot loaders in 32-bit protected mode, paging off, at any physical address that is a multiple of 2 MiB:
   Multiboot 1 (specification 0.6.96, section 3.2 "Machine state"), Multiboot 2 (2.0, section 3.3 "I386 machine
   state"), PVH (xen/arch-x86/hvm/start_info.h). Ends in 64-bit mode at start_64 with
   edi = magic of the loader, esi = its information, edx = physical address of the image. */

#define IMAGE 0xffff808040000000
#define MAGIC_MULTIBOOT1 0x2badb002
#define MAGIC_MULTIBOOT2 0x36d76289
#define MAGIC_PVH 0x336ec578
#define PHYS(symbol) (symbol - image_start)   /* offset from the image's load address */

  .section .head, "ax"
  .code32
  .globl image_start
image_start:
multiboot1_header:
  .long 0x1badb002, 0x00000003, -(0x1badb002 + 0x00000003)  /* page-aligned modules, memory map */

  .balign 8
multiboot2_header:
  .long 0xe85250d6, 0, multiboot2_end - multiboot2_header
  .long -(0xe85250d6 + (multiboot2_end - multiboot2_header))
  .balign 8
  .short 1, 0                       /* information request */
  .long 5f - 4f + 8
4:.long 1, 3, 6, 14, 15, 12, 17     /* command line, modules, memory map, RSDP old and new, EFI system table and map */
5:.balign 8
  .short 6, 1                       /* modules aligned to pages */
  .long 8
  .balign 8
  .short 10, 1                      /* relocatable: minimum, maximum, alignment, prefer lowest */
  .long 24, 0x200000, 0xfe000000, 0x200000, 1
  .balign 8
  .short 0, 0
  .long 8
multiboot2_end:

  .globl pvh_entry
pvh_entry:
  mov $MAGIC_PVH, %eax

  .globl multiboot_entry
multiboot_entry:
  cli
  cld
  /* Find where we are with the first word of the loader's information as the stack, put back afterwards. */
  mov (%ebx), %edx
  lea 4(%ebx), %esp
  call 1f
1:pop %ebp
  mov %edx, (%ebx)
  sub $PHYS(1b), %ebp               /* ebp: physical address of the image */
  lea PHYS(boot_stack_end)(%ebp), %esp
  mov %eax, %edi
  mov %ebx, %esi

  /* Long mode and page tables of 4 levels, or nothing. */
  mov $0x80000000, %eax
  cpuid
  cmp $0x80000001, %eax
  jb no_long_mode
  mov $0x80000001, %eax
  cpuid
  bt $29, %edx
  jnc no_long_mode
  mov %edx, %ecx                    /* bit 20: NX */

  /* Identity map of the first 4 GiB in pages of 2 MiB. */
  lea PHYS(boot_identity_l2)(%ebp), %eax
  mov $0x83, %edx
  xor %ebx, %ebx
2:mov %edx, (%eax,%ebx,8)
  movl $0, 4(%eax,%ebx,8)
  add $0x200000, %edx
  inc %ebx
  cmp $2048, %ebx
  jb 2b
  lea PHYS(boot_identity_l3)(%ebp), %ebx
  lea 3(%eax), %edx
  mov %edx, (%ebx)
  add $0x1000, %edx
  mov %edx, 8(%ebx)
  add $0x1000, %edx
  mov %edx, 16(%ebx)
  add $0x1000, %edx
  mov %edx, 24(%ebx)
  lea PHYS(boot_l4)(%ebp), %eax
  add $3, %ebx
  mov %ebx, (%eax)
  /* The image at its linked address: slot 257, entry 1 of its level 3, 8 pages of 2 MiB. */
  lea PHYS(boot_image_l3)+3(%ebp), %ebx
  mov %ebx, 257*8(%eax)
  lea PHYS(boot_image_l2)+3(%ebp), %ebx
  mov %ebx, PHYS(boot_image_l3)+8(%ebp)
  lea PHYS(boot_image_l2)(%ebp), %ebx
  lea 0x83(%ebp), %edx
  mov $8, %eax
3:mov %edx, (%ebx)
  add $0x200000, %edx
  add $8, %ebx
  dec %eax
  jnz 3b

  mov $0x20, %eax                   /* CR4.PAE */
  mov %eax, %cr4
  lea PHYS(boot_l4)(%ebp), %eax
  mov %eax, %cr3
  bt $20, %ecx
  mov $0xc0000080, %ecx             /* EFER */
  rdmsr
  jnc 6f
  or $0x800, %eax                   /* NXE */
6:or $0x100, %eax                   /* LME */
  wrmsr
  mov $0x80010033, %eax             /* CR0: PG, WP, NE, ET, MP, PE */
  mov %eax, %cr0

  lea PHYS(boot_gdt)(%ebp), %eax
  mov %eax, PHYS(boot_gdt_pointer)+2(%ebp)
  lgdt PHYS(boot_gdt_pointer)(%ebp)
  lea PHYS(7f)(%ebp), %eax
  push $8
  push %eax
  lret
  .code64
7:mov $16, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  xor %eax, %eax
  mov %eax, %fs
  mov %eax, %gs
  mov %ebp, %edx
  movabs $start_64, %rax
  jmp *%rax

  .code32
no_long_mode:
  lea PHYS(no_long_mode_text)(%ebp), %esi
8:lodsb
  test %al, %al
  jz 9f
  mov %al, %bl
  mov $0x3fd, %edx
  mov $100000, %ecx
10:in %dx, %al
  test $0x20, %al
  loopz 10b
  mov $0x3f8, %edx
  mov %bl, %al
  out %al, %dx
  jmp 8b
9:cli
  hlt
  jmp 9b
no_long_mode_text:
  .asciz "(XEN) This processor has no 64-bit mode: Xenolith cannot run on it.\r\n"

  .section .rodata
  .balign 8
boot_gdt:
  .quad 0, 0x00af9a000000ffff, 0x00cf92000000ffff
boot_gdt_end:
  .section .data
  .balign 8
boot_gdt_pointer:
  .short boot_gdt_end - boot_gdt - 1
  .quad 0

  .text
  .code64
  .globl start_64
start_64:
  lea boot_stack_end(%rip), %rsp
  xor %ebp, %ebp
  call start_hypervisor             /* edi, esi, edx as above; does not return */
  ud2

  .section .bss
  .balign 4096
boot_l4: .skip 4096
boot_identity_l3: .skip 4096
boot_image_l3: .skip 4096
boot_image_l2: .skip 4096
boot_identity_l2: .skip 4*4096
boot_stack: .skip 16384
  .globl boot_stack_end
boot_stack_end:

  .section .note.GNU-stack, "", @progbits
