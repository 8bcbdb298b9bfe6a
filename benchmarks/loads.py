# SPDX-License-Identifier: MIT
"""What is booted to measure: the benchmark's guest as dom0, or Debian's Linux with Xen's tools."""
import gzip
import sys

from runs import RESULTS, Load
from target import OUT, ROOT, TARGET

sys.path.insert(0, str(ROOT / "scripts/lib"))
from cpio import CpioArchive  # noqa: E402

IMAGES = OUT / TARGET.name
GUEST = IMAGES / "guests/bench"
COUNT_PROGRAM = TARGET.tools / "lib/count"
DEBIAN_INITRD = IMAGES / "dom0-initrd-guests.gz"
THOUSAND = "_1000"
MANY_CHANNELS = "_100k"
# The guest has no name of its own for this one.
BOOT = "boot"


def guest_load(names, name="guest"):
    """The guest that measures the rows of these names (all if None). "thousand": on a machine for a thousand guests of 4 MiB;
    "channels": with 100,000 channels."""
    thousand = name == "thousand"
    words = ["bench", f"domains={1000 if thousand else 100}"]
    if name == "channels":
        words.append("channels")
    if names is not None:
        words.append("rows=" + "|".join(names))
    return Load(name, GUEST, " ".join(words), memory=6144 if thousand else 1024)


def linux_load():
    """Debian's dom0, which runs benchmarks/dom0/bench and powers off."""
    return Load("linux", IMAGES / "vmlinuz", "console=hvc0 xenolith.test=bench", linux_initrd(), dom0_memory=1024, memory=2048,
                dom0_cpus=1)


def linux_initrd():
    archive = CpioArchive()
    archive.file("/usr/bin/count", COUNT_PROGRAM.read_bytes(), 0o755)
    archive.file("/usr/lib/xenolith/tests/bench", (ROOT / "benchmarks/dom0/bench").read_bytes(), 0o755)
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / "dom0-initrd-bench.gz"
    path.write_bytes(DEBIAN_INITRD.read_bytes() + gzip.compress(archive.bytes(), 1, mtime=0))
    return path
