# SPDX-License-Identifier: MIT
"""Domains that the machine's device tree names, started by the hypervisor, beside dom0 and without one. For arm64."""
from harness.errors import check, check_equal
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import free_memory, wait_until
from system.machine_tree import MachineTree, Module
from system.test_console import SWITCH

domains = Scenario("domains", options=None)

LINUX = (Module(IMAGES / "vmlinuz", "kernel", "console=ttyAMA0"), Module(IMAGES / "guest-initrd.gz", "ramdisk"))
TINY = (Module(IMAGES / "guests/actor", "kernel", "idle"),)


def _add_both(tree):
    tree.add_domain("domU1", 256 * 1024, LINUX, cpus=2, flags="vpl011;")
    tree.add_domain("domU2", 4 * 1024, TINY, flags='xen,enhanced = "enabled";')


def _switch(console, to):
    console.send(SWITCH)
    console.expect(rf"\(XEN\) \*\*\* Serial input to {to}\b", 20)


def _answers(console):
    """Linux, which the keyboard is with, runs what is typed."""
    console.send("7 echo $((6 * 7))\n")
    console.expect(r"\| 42", 20)
    console.expect(r"@@END 7 0", 20)


@domains.check
def beside_dom0(bench):
    """Dom0's tools see them, and can end them."""
    tree = MachineTree(bench)
    tree.add_dom0()
    _add_both(tree)
    with bench.boot(tree.machine()) as dom0:
        listed = [line.split()[1:4] for line in dom0.run("xl list").splitlines()[1:]]  # they have no names
        check_equal([row[0::2] for row in sorted(listed)[1:]], [["1", "2"], ["2", "1"]], "number and vCPUs")
        check_equal(sorted(listed)[1][1], "256", "memory")
        wait_until("Linux's userland", lambda: "guest: up" in dom0.run("xl dmesg | grep DOM1 || true"), 120)
        check("2 vCPUs" in dom0.run("xl dmesg | grep 'DOM1: guest: up'"), "its second vCPU is missing")
        check("actor: idle" in dom0.run("xl dmesg | grep '(d2)'"), "the second domain says nothing")
        console = dom0.console
        _switch(console, "DOM1")
        _answers(console)
        _switch(console, "Xen")  # the second domain has no line
        _switch(console, "DOM0")
        before = free_memory(dom0)
        dom0.run("xl destroy 1 && xl destroy 2", 60)
        wait_until("their memory is free", lambda: free_memory(dom0) >= before + 259)
        _switch(console, "Xen")
        _switch(console, "DOM0")


@domains.check
def without_dom0(bench):
    tree = MachineTree(bench)
    _add_both(tree)
    with bench.start(tree.machine()) as machine:
        machine.console.expect(r"\(d2\) actor: idle", 60)
        machine.console.expect(r"guest: up after .* with 2 vCPUs", 120)
        _answers(machine.console)
