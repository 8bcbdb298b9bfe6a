/* SPDX-License-Identifier: MIT */
/* Copying and filling memory, as compilers call it by themselves; the other such functions are in core/image/library_functions.cpp.
   Words of eight bytes, pairs of them, then single bytes: memory is normal, so nothing need be aligned. */
  .text
  .globl memcpy
memcpy:
  mov x3, x0
1:subs x2, x2, #16
  b.lo 2f
  ldp x4, x5, [x1], #16
  stp x4, x5, [x3], #16
  b 1b
2:adds x2, x2, #16
  b.eq 4f
3:ldrb w4, [x1], #1
  strb w4, [x3], #1
  subs x2, x2, #1
  b.ne 3b
4:ret

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
1:subs x2, x2, #16
  b.lo 2f
  stp x1, x1, [x3], #16
  b 1b
2:adds x2, x2, #16
  b.eq 4f
3:strb w1, [x3], #1
  subs x2, x2, #1
  b.ne 3b
4:ret
  .section .note.GNU-stack, "", @progbits
