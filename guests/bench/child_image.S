// SPDX-License-Identifier: MIT
// The child's image, flat, as it lies in the child's memory (CHILD_IMAGE: its path).
  .section .rodata
  .globl child_image, child_image_end
  .balign 16
child_image:
  .incbin CHILD_IMAGE
child_image_end:
  .section .note.GNU-stack, "", @progbits
