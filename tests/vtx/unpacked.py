# SPDX-License-Identifier: MIT
"""Kernel and RAM disk as they are in memory: an emulator of 50 million instructions a second needs minutes to unpack them. What dom0
loads as a guest's kernel is packed with gzip instead of xz: a seventh of the instructions, and the RAM disk stays small."""
import gzip
import lzma
import struct
import sys

from harness.errors import check
from harness.settings import OUT, ROOT

sys.path.insert(0, str(ROOT / "scripts/lib"))
from cpio import CpioArchive  # noqa: E402

FOLDER = OUT / "unpacked"


def kernel(image):
    """The ELF file inside Debian's bzImage (Linux: Documentation/x86/boot.rst, "The Real-Mode Kernel Header")."""
    return _kept(image, _payload)


def initrd(image):
    return _kept(image, gzip.decompress)


def initrd_with_guests(image, kernel_image):
    """The file of a later archive replaces that of an earlier one."""
    def unpack(packed):
        again = CpioArchive()
        again.file("/guests/vmlinuz", gzip.compress(_payload(kernel_image.read_bytes()), 6, mtime=0))
        whole = gzip.decompress(packed)
        return whole + bytes(-len(whole) % 4) + again.bytes()
    return _kept(image, unpack, "-repacked")


def _payload(image):
    setup_sectors = image[0x1f1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (setup_sectors + 1) * 512 + offset
    check(image[start:start + 6] == b"\xfd7zXZ\0", "the kernel is not packed with xz")
    return lzma.LZMADecompressor().decompress(image[start:start + length])


def _kept(source, unpack, suffix=""):
    result = FOLDER / (source.name.removesuffix(".gz") + suffix)
    if not result.exists() or result.stat().st_mtime < source.stat().st_mtime:
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = result.with_suffix(".part")
        part.write_bytes(unpack(source.read_bytes()))
        part.rename(result)
    return result
