# SPDX-License-Identifier: MIT
"""Where things are and how patient to be."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out"
# The architecture of the emulated machines; the programs that take --arch set it before this is read.
ARCH = os.environ.get("XENOLITH_TEST_ARCH", "x86_64")
IMAGES = OUT / ARCH
SYSROOT = OUT / "cache" / ("sysroot" if ARCH == "x86_64" else f"sysroot-{ARCH}")
LOGS = OUT / "test-logs"

# Multiplies every timeout: a slow machine sets it above 1. A timeout is for telling a hang from work, never part of a test.
TIMEOUT_SCALE = float(os.environ.get("XENOLITH_TIMEOUT_SCALE", "1"))

# How QEMU emulates. Where others take most of the machine, "-accel tcg,thread=single -icount shift=4,sleep=off" lets the emulated clocks
# follow the instructions, so that guests have as many timer interrupts as on a machine of their own.
ACCELERATOR = os.environ.get("XENOLITH_ACCELERATOR", "-accel tcg,thread=multi").split()


def scaled(seconds):
    return seconds * TIMEOUT_SCALE
