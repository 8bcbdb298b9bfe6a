#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Wraps the hypervisor (ELF64 at a high virtual address) as a 32-bit ELF file to be loaded at 2 MiB:
make_image.py [--no-multiboot] XENOLITH-SYMS OUTPUT"""
import argparse
import struct
import subprocess
import tempfile

LOAD_AT = 0x200000
NOTE_PHYS32_ENTRY = 18  # XEN_ELFNOTE_PHYS32_ENTRY, xen/elfnote.h
MULTIBOOT1, MULTIBOOT2 = 0x1BADB002, 0xE85250D6


def symbols(image):
    lines = subprocess.run(["nm", image], check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: int(address, 16) for address, _, name in (line.split() for line in lines if len(line.split()) == 3)}


def flat(image):
    with tempfile.NamedTemporaryFile() as out:
        subprocess.run(["objcopy", "-O", "binary", image, out.name], check=True)
        return out.read()


def without_multiboot(contents):
    """The same with both magics changed, so that loaders use the PVH note."""
    head = bytearray(contents[:32768])
    for magic, step in ((MULTIBOOT1, 4), (MULTIBOOT2, 8)):
        for at in range(0, len(head) - 4, step):
            if struct.unpack_from("<I", head, at)[0] == magic:
                struct.pack_into("<I", head, at, 0)
                break
    return bytes(head) + contents[32768:]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-multiboot", action="store_true")
    parser.add_argument("input")
    parser.add_argument("output")
    options = parser.parse_args()
    known = symbols(options.input)
    start = known["image_start"]
    contents = flat(options.input)
    if options.no_multiboot:
        contents = without_multiboot(contents)
    entry = LOAD_AT + known["pvh_entry" if options.no_multiboot else "multiboot_entry"] - start
    note = struct.pack("<III4sI", 4, 4, NOTE_PHYS32_ENTRY, b"Xen\0", LOAD_AT + known["pvh_entry"] - start)
    headers = 52 + 2 * 32
    note_at = headers
    data_at = 4096
    elf = struct.pack("<16sHHIIIIIHHHHHH", b"\x7fELF\x01\x01\x01", 2, 3, 1, entry, 52, 0, 0, 52, 32, 2, 0, 0, 0)
    elf += struct.pack("<IIIIIIII", 1, data_at, LOAD_AT, LOAD_AT, len(contents), known["image_end"] - start, 7, 4096)
    elf += struct.pack("<IIIIIIII", 4, note_at, 0, 0, len(note), len(note), 4, 4)
    with open(options.output, "wb") as out:
        out.write(elf + note)
        out.write(b"\0" * (data_at - headers - len(note)))
        out.write(contents)


main()
