# SPDX-License-Identifier: MIT
"""The disk that ./run boots: a Debian 12 dom0 with the project's packages, started by GRUB, used as a person uses it."""
from harness.errors import Skip, check
from harness.login_shell import LoginShell
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES

DISK = IMAGES / "dom0.img"
installed = Scenario("installed", options=None)


def disk_options():
    if not DISK.exists():
        raise Skip(f"there is no {DISK.name}; ./run makes it")
    drive = f"file={DISK},format=raw,if=virtio,snapshot=on"
    return MachineOptions(reboots=True, boot_from=["-drive", drive, "-nic", "user,model=virtio-net-pci"])


@installed.check
def everyday_use(bench):
    """Units are up, a guest is created with a console, has its disk and network, and is shut down; dom0 switches off."""
    with bench.start(disk_options()) as machine:
        shell = LoginShell(machine.console)
        shell.wait_until_up()
        shell.run("systemctl is-system-running --wait", timeout=120)
        shell.run("systemctl is-active xenstored xenconsoled xen-init-dom0")
        check("xenolith" in shell.run("xl info xen_version"), "this is another hypervisor")
        create_debian_guest(shell)
        finish(machine, "poweroff")


@installed.check
def update_grub(bench):
    """GRUB installed and configured by Debian's own commands boots the hypervisor by default."""
    with bench.start(disk_options()) as machine:
        shell = LoginShell(machine.console)
        shell.wait_until_up()
        shell.run("echo 'GRUB_CMDLINE_XEN_DEFAULT=\"console=com1 com1=115200 dom0_mem=900M\"' >/etc/default/grub.d/z.cfg")
        shell.run("grub-install /dev/vda", timeout=120)
        shell.run("update-grub", timeout=120)
        check("--id xenolith " in shell.run("grep xenolith /boot/grub/grub.cfg"), "update-grub made no entry")
        machine.console.send("reboot\n")
        machine.console.expect(r"\(XEN\) Command line: .*dom0_mem=900M", 120)
        shell.wait_until_up()
        check("dom0_mem=900M" in shell.run("xl info xen_commandline"), "the hypervisor got other words")
        finish(machine, "poweroff")


def create_debian_guest(shell):
    console = shell.console
    console.type("xl create -c /etc/xen/debian.cfg; echo left $((1+1))\n")
    console.expect(r"guest login: ", 180)
    console.type("root\n")
    console.expect(r"root@guest:\S*# ", 30)
    console.type("ip -4 -o addr show up; dd if=/dev/xvda of=/dev/null bs=1M count=8; echo guest-$((40+2))\n")
    text = console.expect(r"(?s)records out.*guest-42", 30).group(0)
    check("copied" in text, f"the guest cannot read its disk: {text}")
    console.send("\x1d")
    console.expect(r"left 2\n", 30)
    shell.run("xl list debian")
    shell.run("xl shutdown -w debian", timeout=90)
    shell.run("while xl domid debian >/dev/null 2>&1; do sleep 1; done", timeout=60)


def finish(machine, command):
    machine.console.send(command + "\n")
    machine.wait_for_exit(90)
