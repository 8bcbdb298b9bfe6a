# SPDX-License-Identifier: MIT
"""The image as an EFI application: started by the firmware and by GRUB. For arm64; what x86 has is in test_loaders.py."""
import subprocess

from harness.errors import check
from harness.machine import Machine, MachineOptions
from harness.platform import INITRD_AT, KERNEL_AT, PLATFORM
from harness.scenario import Scenario
from harness.settings import SYSROOT

FIRMWARE = "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd"
# With ACPI the firmware has no device tree to give.
BOARD = f"{PLATFORM.machine},acpi=off"
OPTIONS = MachineOptions()
efi = Scenario("efi", options=None)


@efi.check
def firmware(bench):
    """QEMU's firmware starts the image, with the modules that QEMU's device tree names."""
    usual = [moved(word) for word in Machine.direct_boot(bench.hypervisor, OPTIONS)]
    with bench.boot(MachineOptions(machine=BOARD, boot_from=["-bios", FIRMWARE, *usual])) as dom0:
        check("dom0_mem=" in dom0.run("xl info xen_commandline"), "the hypervisor did not get its command line")


def moved(word):
    """The firmware's own stack lies where the modules are put usually."""
    return word.replace(f"addr={KERNEL_AT:#x}", "addr=0x60000000").replace(f"addr={INITRD_AT:#x}", "addr=0x68000000")


MENU = """set timeout=0
xen_hypervisor /xenolith {xen}
xen_module /vmlinuz {dom0}
xen_module --nounzip /initrd.gz
boot
"""
MODULES = "fat part_gpt part_msdos normal configfile xen_boot fdt search"


@efi.check
def grub(bench):
    """GRUB's commands xen_hypervisor and xen_module, from a disk that the firmware finds by itself."""
    disk = make_disk(bench)
    drive = ["-drive", f"file={disk},format=raw,if=virtio,readonly=on"]
    with bench.boot(MachineOptions(machine=BOARD, boot_from=["-bios", FIRMWARE, *drive])) as dom0:
        check("dom0_mem=" in dom0.run("xl info xen_commandline"), "the hypervisor did not get its command line")


def make_disk(bench):
    hypervisor, folder, disk = bench.hypervisor, bench.folder, bench.folder / "disk.img"
    loader, menu = folder / "BOOTAA64.EFI", folder / "grub.cfg"
    menu.write_text(MENU.format(xen=f"{hypervisor.options} dom0_mem={OPTIONS.dom0_memory}",
                                dom0=f"{hypervisor.dom0_options} xenolith.agent xenolith.quiet"))
    _run("grub-mkimage", "-d", SYSROOT / "usr/lib/grub/arm64-efi", "-O", "arm64-efi", "-p", "/", "-c", menu, "-o", loader, *MODULES.split())
    _run("truncate", "-s", "128M", disk)
    _run("mformat", "-i", disk, "-F", "::")
    _run("mmd", "-i", disk, "::/EFI", "::/EFI/BOOT")
    for path, name in ((loader, "EFI/BOOT/BOOTAA64.EFI"), (hypervisor.image, "xenolith"), (OPTIONS.kernel, "vmlinuz"), (OPTIONS.initrd, "initrd.gz")):
        _run("mcopy", "-i", disk, path, f"::/{name}")
    return disk


def _run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    check(done.returncode == 0, f"{command[0]} failed: {done.stderr}")
