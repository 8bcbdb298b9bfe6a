# SPDX-License-Identifier: MIT
"""Kernel and RAM disk as they are in memory: an emulator of 50 million instructions a second needs minutes to unpack them."""
import gzip
import lzma
import struct

from harness.errors import check
from harness.settings import OUT

FOLDER = OUT / "unpacked"


def kernel(image):
    """The ELF file inside Debian's bzImage (Linux: Documentation/x86/boot.rst, "The Real-Mode Kernel Header")."""
    return _kept(image, _payload)


def initrd(image):
    return _kept(image, gzip.decompress)


def _payload(image):
    setup_sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    check(image[start:start + 6] == b"\xfd7zXZ\0", "the kernel is not packed with xz")
    return lzma.LZMADecompressor().decompress(image[start:start + length])


def _kept(source, unpack):
    result = FOLDER / source.name.removesuffix(".gz")
    if not result.exists() or result.stat().st_mtime < source.stat().st_mtime:
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = result.with_suffix(".part")
        part.write_bytes(unpack(source.read_bytes()))
        part.rename(result)
    return result
