# SPDX-License-Identifier: MIT
"""The emulated machines: what QEMU's command line needs for each architecture."""
from dataclasses import dataclass

from .settings import ARCH


@dataclass(frozen=True)
class Platform:
    emulator: str
    machine: str
    xen_caps: str                    # in `xl info` of a hypervisor on it
    linux_memory: int                # MiB for a Linux guest that tests start
    has_mem_set: bool                # whether Debian's `xl mem-set` works
    disk_controllers: tuple          # QEMU's arguments for the bus "ide.0", where the machine has none by itself
    messages: str                    # what dom0 calls interrupts by message, and interrupt lines
    lines: str
    boot: object                     # function(kernel image, hypervisor's words, modules) -> arguments


@dataclass(frozen=True)
class Modules:
    """dom0's kernel and RAM disk, which may be missing."""
    kernel: str
    words: str
    initrd: str


def multiboot(image, words, modules):
    line = ["-kernel", image, "-append", words]
    if modules:
        # A comma ends a module in QEMU's list, so that one inside the words is doubled.
        kernel = f"{modules.kernel} {modules.words}".replace(",", ",,")
        line += ["-initrd", kernel + (f",{modules.initrd}" if modules.initrd else "")]
    return line


# Where the modules go: machine virt has its RAM from 1 GiB on, and its device tree 128 MiB above that.
KERNEL_AT, INITRD_AT = 0x44000000, 0x4a000000


def guest_loader(image, words, modules):
    """QEMU's device tree names the modules in /chosen (docs of QEMU, "Guest Loader")."""
    line = ["-kernel", image, "-append", words]
    if modules:
        kernel_words = modules.words.replace(",", ",,")
        line += ["-device", f"guest-loader,addr={KERNEL_AT:#x},kernel={modules.kernel},bootargs={kernel_words}"]
        if modules.initrd:
            line += ["-device", f"guest-loader,addr={INITRD_AT:#x},initrd={modules.initrd}"]
    return line


PLATFORMS = {
    "x86_64": Platform("qemu-system-x86_64", "q35", "hvm-3.0-x86_64", 128, True, (), "MSI", "IO-APIC", multiboot),
    "arm64": Platform("qemu-system-aarch64", "virt,virtualization=on,gic-version=3", "xen-3.0-aarch64", 256, False,
                      ("-device", "ich9-ahci,id=ide"), "ITS-MSI", "GICv3", guest_loader),
}
PLATFORM = PLATFORMS[ARCH]
