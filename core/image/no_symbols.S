/* SPDX-License-Identifier: MIT */
/* The table of function names while there is none: for the first of the two links. See make_symbols.py. */
.section .rodata.zz_symbols, "a"
.balign 8
.globl symbol_table_count, symbol_table, symbol_names
symbol_table_count: .long 0
symbol_table:
symbol_names:
.section .note.GNU-stack, "", @progbits
