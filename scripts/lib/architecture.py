# SPDX-License-Identifier: MIT
"""What differs between the architectures in dom0's RAM disks."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Architecture:
    name: str
    triplet: str                     # folder of libraries
    loader: str                      # of shared libraries, where programs look for it
    strip: str
    sysroot: str                     # below out/cache
    has_busybox: bool                # in the sysroot; else the machine's own is taken
    missing_programs: frozenset = field(default_factory=frozenset)   # that Debian's Xen has on the other architecture
    missing_modules: frozenset = field(default_factory=frozenset)
    more_modules: tuple = ()
    grub: str = None                 # a boot loader for PVH guests


X86_64 = Architecture(
    name="x86_64", triplet="x86_64-linux-gnu", loader="/lib64/ld-linux-x86-64.so.2", strip="strip", sysroot="sysroot",
    has_busybox=False, grub="/usr/lib/grub-xen/grub-i386-xen_pvh.bin")

ARM64 = Architecture(
    name="arm64", triplet="aarch64-linux-gnu", loader="/lib/ld-linux-aarch64.so.1", strip="aarch64-linux-gnu-strip",
    sysroot="sysroot-arm64", has_busybox=True,
    missing_programs=frozenset(("xen-cpuid", "xen-hvmctx", "lsevtchn", "xen-ucode", "xen-mfndump", "xen-hptool", "readnotes",
                                "xen-detect")),
    missing_modules=frozenset(("xen-acpi-processor",)),
    more_modules=("virtio_mmio", "macb"))

BY_NAME = {architecture.name: architecture for architecture in (X86_64, ARM64)}
