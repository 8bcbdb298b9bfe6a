#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the table of function names for backtraces from a linked image: make_symbols.py NM IMAGE OUTPUT.S"""
import subprocess
import sys


def functions(nm, image):
    """(address, demangled name) of every function, sorted."""
    lines = subprocess.run([nm, "-C", "--defined-only", image], check=True, capture_output=True, text=True).stdout
    found, start = [], None
    for line in lines.splitlines():
        address, kind, name = line.split(" ", 2)
        if name == "image_start":
            start = int(address, 16)
        if kind in "tTwW" and not name.startswith("$"):  # not the marks of code and data in arm64's objects
            found.append((int(address, 16), shorten(name)))
    # Link-time optimisation leaves names of whole files at addresses that are none.
    return start, sorted({function for function in found if function[0] >= start})


def shorten(name):
    """Without parameter lists and the project's own namespace."""
    depth, kept = 0, []
    for character in name.replace("(anonymous namespace)::", "").replace("xenolith::", ""):
        depth += character == "("
        if depth == 0:
            kept.append(character)
        depth -= character == ")"
    return "".join(kept)[:80].replace('"', "'")


def main():
    start, found = functions(sys.argv[1], sys.argv[2])
    names, offsets = {}, []
    text = 0
    for _, name in found:
        if name not in names:
            names[name] = text
            text += len(name) + 1
    with open(sys.argv[3], "w", encoding="ascii", errors="replace") as out:
        out.write("/* made by make_symbols.py */\n.section .rodata.zz_symbols, \"a\"\n.balign 8\n")
        out.write(f".globl symbol_table_count, symbol_table, symbol_names\nsymbol_table_count: .long {len(found)}\n")
        out.write("symbol_table:\n")
        for address, name in found:
            out.write(f".long {address - start:#x}, {names[name]}\n")
        out.write("symbol_names:\n")
        for name in names:
            out.write(f'.asciz "{name}"\n')
        out.write('.section .note.GNU-stack, "", @progbits\n')


main()
