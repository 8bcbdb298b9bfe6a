# SPDX-License-Identifier: MIT
"""What differs between Xenolith and the peer it is measured against, Debian's Xen: image, processor and options."""
from dataclasses import dataclass
from pathlib import Path

from .settings import ARCH, IMAGES, SYSROOT


@dataclass(frozen=True)
class Hypervisor:
    name: str
    image: Path
    pvh_image: Path
    cpu: str
    options: str
    dom0_options: str
    banner: str

    def exists(self):
        return self.image.exists()


X86_64 = (
    Hypervisor(
        name="xenolith",
        image=IMAGES / "xenolith",
        pvh_image=IMAGES / "xenolith-pvh",
        cpu="max",
        options="console=com1 com1=115200 loglvl=all",
        dom0_options="console=hvc0 earlyprintk=xen",
        banner=r"Xenolith"),
    # Xen starts dom0 as PV here: it refuses a PVH one without an IOMMU. With SMAP its event delivery faults under this emulator, and
    # RDTSCP ends its PVH guests. Without eager-fpu programs in dom0 lose their vector registers (docs/debugging.md, "QEMU's emulation is
    # not a processor").
    Hypervisor(
        name="xen",
        image=SYSROOT / "boot/xen-4.17-amd64",
        pvh_image=SYSROOT / "boot/none",
        cpu="max,-smap,-smep,-rdtscp",
        options="console=com1 com1=115200 loglvl=all guest_loglvl=all bootscrub=0 spec-ctrl=eager-fpu",
        dom0_options="console=hvc0 earlyprintk=xen",
        banner=r"Xen version 4\.17"))

ARM64 = (
    Hypervisor(
        name="xenolith",
        image=IMAGES / "xenolith",
        pvh_image=IMAGES / "none",
        cpu="cortex-a57",
        options="console=dtuart loglvl=all",
        dom0_options="console=hvc0 earlycon=xen",
        banner=r"Xenolith"),
    Hypervisor(
        name="xen",
        image=SYSROOT / "boot/xen-4.17-arm64",
        pvh_image=SYSROOT / "boot/none",
        cpu="cortex-a57",
        options="console=dtuart loglvl=all guest_loglvl=all bootscrub=0",
        dom0_options="console=hvc0 earlycon=xen",
        banner=r"Xen version 4\.17"))

XENOLITH, PEER = {"x86_64": X86_64, "arm64": ARM64}[ARCH]
BY_NAME = {hypervisor.name: hypervisor for hypervisor in (XENOLITH, PEER)}
