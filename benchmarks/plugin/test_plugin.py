# SPDX-License-Identifier: MIT
"""test_plugin.py PLUGIN: boots an image of a few instructions in QEMU and checks what the plugin counts of them."""
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from counts import read_intervals  # noqa: E402

ROUNDS = 1000
IMAGE_ADDRESS = 0x100000
EXIT_PORT = 0xF4


def mark(number):
    return b"\x0f\x1f\x80" + struct.pack("<I", 0x584E0000 + number)


def image():
    """A Multiboot 1 image (its specification, section 3.1 "OS image format"): a loop between two marks, then the way out of QEMU."""
    loop = b"\x49\x75\xfd"                                             # dec %ecx; jnz to it
    code = b"\xb9" + struct.pack("<I", ROUNDS) + mark(1) + loop + mark(2)
    code += b"\x66\xba" + struct.pack("<H", EXIT_PORT) + b"\xee\xeb\xfe"   # mov $port, %dx; out %al, %dx; jmp to itself
    magic, flags, head = 0x1BADB002, 1 << 16, 32
    end = IMAGE_ADDRESS + head + len(code)
    return struct.pack("<8I", magic, flags, -(magic + flags) & 0xFFFFFFFF, IMAGE_ADDRESS, IMAGE_ADDRESS, end, end,
                       IMAGE_ADDRESS + head) + code


def main():
    with tempfile.TemporaryDirectory() as folder:
        kernel, counts = Path(folder, "kernel"), Path(folder, "counts")
        kernel.write_bytes(image())
        subprocess.run(["qemu-system-x86_64", "-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-display", "none", "-vga", "none",
                        "-nic", "none", "-plugin", f"{sys.argv[1]},out={counts}", "-device", f"isa-debug-exit,iobase={EXIT_PORT}",
                        "-kernel", str(kernel)], stdin=subprocess.DEVNULL, timeout=50)
        found = {interval.name: interval.ranges for interval in read_intervals(counts.read_text().splitlines())}
    # Two instructions a round, and the mark at the end.
    wanted = {"hypervisor": 0, "kernel": 0, "user": 0, "image": 2 * ROUNDS + 1, "firmware": 0}
    if found.get("1") != wanted:
        sys.exit(f"counted {found.get('1')}, not {wanted}")
    if found["boot"]["firmware"] == 0:
        sys.exit("nothing of the firmware was counted before the first mark")


if __name__ == "__main__":
    main()
