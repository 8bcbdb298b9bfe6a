/* SPDX-License-Identifier: MIT */
/* Copying and filling memory, as compilers call it by themselves; the other such functions are in core/image/library_functions.cpp.
   Blocks of 64 bytes, then of 16, then single words and bytes: memory is normal, so nothing need be aligned. */
  .text
  .globl memcpy
memcpy:
  mov x3, x0
  cmp x2, #16
  b.lo 4f
  subs x2, x2, #64
  b.lo 2f
1:ldp x4, x5, [x1], #64
  ldp x6, x7, [x1, #-48]
  ldp x8, x9, [x1, #-32]
  ldp x10, x11, [x1, #-16]
  stp x4, x5, [x3], #64
  stp x6, x7, [x3, #-48]
  stp x8, x9, [x3, #-32]
  stp x10, x11, [x3, #-16]
  subs x2, x2, #64
  b.hs 1b
2:adds x2, x2, #64
  b.eq 9f
3:subs x2, x2, #16
  b.lo 4f
  ldp x4, x5, [x1], #16
  stp x4, x5, [x3], #16
  b 3b
4:tbz x2, #3, 5f
  ldr x4, [x1], #8
  str x4, [x3], #8
5:tbz x2, #2, 6f
  ldr w4, [x1], #4
  str w4, [x3], #4
6:tbz x2, #1, 7f
  ldrh w4, [x1], #2
  strh w4, [x3], #2
7:tbz x2, #0, 9f
  ldrb w4, [x1]
  strb w4, [x3]
9:ret

/* Forward unless the target begins inside the source. */
  .globl memmove
memmove:
  sub x3, x0, x1
  cmp x3, x2
  b.hs memcpy
  add x3, x0, x2
  add x1, x1, x2
1:subs x2, x2, #16
  b.lo 2f
  ldp x4, x5, [x1, #-16]!
  stp x4, x5, [x3, #-16]!
  b 1b
2:adds x2, x2, #16
  b.eq 4f
3:ldrb w4, [x1, #-1]!
  strb w4, [x3, #-1]!
  subs x2, x2, #1
  b.ne 3b
4:ret

  .globl memset
memset:
  mov x3, x0
  and x1, x1, #0xff
  orr x1, x1, x1, lsl #8
  orr x1, x1, x1, lsl #16
  orr x1, x1, x1, lsl #32
  subs x2, x2, #64
  b.lo 2f
1:stp x1, x1, [x3], #64
  stp x1, x1, [x3, #-48]
  stp x1, x1, [x3, #-32]
  stp x1, x1, [x3, #-16]
  subs x2, x2, #64
  b.hs 1b
2:adds x2, x2, #64
  b.eq 9f
3:subs x2, x2, #16
  b.lo 4f
  stp x1, x1, [x3], #16
  b 3b
4:tbz x2, #3, 5f
  str x1, [x3], #8
5:tbz x2, #2, 6f
  str w1, [x3], #4
6:tbz x2, #1, 7f
  strh w1, [x3], #2
7:tbz x2, #0, 9f
  strb w1, [x3]
9:ret
  .section .note.GNU-stack, "", @progbits
