# SPDX-License-Identifier: MIT
"""Where things are and how patient to be."""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "out"
IMAGES = OUT / "x86_64"
SYSROOT = OUT / "cache/sysroot"
LOGS = OUT / "test-logs"

# Multiplies every timeout: a slow machine sets it above 1. A timeout is for telling a hang from work, never part of a test.
TIMEOUT_SCALE = float(os.environ.get("XENOLITH_TIMEOUT_SCALE", "1"))


def scaled(seconds):
    return seconds * TIMEOUT_SCALE
