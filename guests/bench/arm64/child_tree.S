// SPDX-License-Identifier: MIT
// The child's device tree (CHILD_TREE: its path).
  .section .rodata
  .globl child_tree
  .balign 8
child_tree:
  .incbin CHILD_TREE
  .section .note.GNU-stack, "", @progbits
