# SPDX-License-Identifier: MIT
"""What differs between the architectures that are measured. XENOLITH_BENCH_ARCH chooses; ./bench --arch sets it."""
import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "out"


@dataclass(frozen=True)
class Target:
    name: str
    emulator: str
    machine: tuple              # arguments of the emulator
    hypervisor_options: str
    xen: Path
    peer: str                   # Debian's package
    tools: Path                 # build tree of dom0's programs
    results: Path
    image_address: int          # of the first module; 0: modules are given by Multiboot
    missing_rows: frozenset


# Xen starts a PVH dom0 only with an IOMMU, and RDTSCP ends its guests under this emulator; see docs/testing.md.
X86_64 = Target(
    name="x86_64", emulator="qemu-system-x86_64",
    machine=("-M", "q35,kernel-irqchip=split", "-device", "amd-iommu", "-cpu", "max,-rdtscp"),
    hypervisor_options="console=com1 com1=115200 dom0=pvh iommu=no-intremap",
    xen=OUT / "cache/sysroot/boot/xen-4.17-amd64", peer="Debian's xen-hypervisor-4.17-amd64", tools=OUT / "tools", results=OUT / "bench",
    image_address=0, missing_rows=frozenset({"id_register_exit"}))

ARM64 = Target(
    name="arm64", emulator="qemu-system-aarch64", machine=("-M", "virt,virtualization=on,gic-version=3", "-cpu", "cortex-a57"),
    hypervisor_options="console=dtuart",
    xen=OUT / "cache/sysroot-arm64/boot/xen-4.17-arm64", peer="Debian's xen-hypervisor-4.17-arm64", tools=OUT / "tools-arm64",
    results=OUT / "bench-arm64", image_address=0x44000000, missing_rows=frozenset({"cpuid_exit"}))

TARGET = {target.name: target for target in (X86_64, ARM64)}[os.environ.get("XENOLITH_BENCH_ARCH", "x86_64")]
