# SPDX-License-Identifier: MIT
"""Every way in: GRUB on BIOS and UEFI, and the PVH entry point. Each check boots to dom0's userland."""
import subprocess

from harness.errors import Skip, check
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES, ROOT

FIRMWARE = "/usr/share/ovmf/OVMF.fd"
loaders = Scenario("loaders", options=None)


def boot_iso(bench, protocol, firmware):
    """Makes a CD image with the same command lines as a direct boot, and boots it."""
    iso = bench.folder / "boot.iso"
    words = MachineOptions()
    hypervisor = bench.hypervisor
    made = subprocess.run([ROOT / "scripts/make-iso", "--image", hypervisor.image, "--initrd", IMAGES / "dom0-initrd.gz",
                    "--protocol", protocol, "--xen", f"{hypervisor.options} dom0_mem={words.dom0_memory}",
                    "--dom0", f"{hypervisor.dom0_options} xenolith.agent xenolith.quiet", iso], capture_output=True, text=True)
    check(made.returncode == 0, f"make-iso failed: {made.stderr}")
    drive = ["-drive", f"file={iso},media=cdrom,format=raw,readonly=on", "-boot", "d"]
    with bench.boot(MachineOptions(boot_from=drive + (["-bios", firmware] if firmware else []))) as dom0:
        check("dom0_mem=" in dom0.run("xl info xen_commandline"), "the hypervisor did not get its command line")


@loaders.check
def grub_multiboot2_bios(bench):
    boot_iso(bench, "multiboot2", None)


@loaders.check
def grub_multiboot2_uefi(bench):
    boot_iso(bench, "multiboot2", FIRMWARE)


@loaders.check
def grub_multiboot_bios(bench):
    boot_iso(bench, "multiboot", None)


@loaders.check
def pvh_entry(bench):
    """The image without multiboot headers, so that QEMU enters it through its PVH note."""
    image = bench.hypervisor.pvh_image
    if not image.exists():
        raise Skip(f"no {image.name}")
    # QEMU's PVH loader passes one module without command line: the kernel, whose words then stand behind " -- ".
    kernel = MachineOptions().kernel
    options = MachineOptions(image=image, modules=False, boot_from=[
        "-kernel", str(image), "-initrd", str(kernel),
        "-append", "console=com1 com1=115200 loglvl=all dom0_mem=512M -- console=hvc0 earlyprintk=xen"])
    with bench.start(options) as machine:
        machine.console.expect(r"Linux version .*\n", 60)
        machine.console.expect(r"Command line: console=hvc0 earlyprintk=xen", 10)
