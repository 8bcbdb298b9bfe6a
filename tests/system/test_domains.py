# SPDX-License-Identifier: MIT
"""Domains that the machine's device tree names, started by the hypervisor, beside dom0 and without one. For arm64."""
import subprocess
from dataclasses import dataclass

from harness.errors import check, check_equal
from harness.machine import MachineOptions, memory_arguments
from harness.platform import INITRD_AT, KERNEL_AT, PLATFORM
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import free_memory, wait_until

domains = Scenario("domains", options=None)

FIRST_AT = 0x50000000       # of the domains' modules
STEP = 0x4000000
OPTIONS = MachineOptions()


@dataclass(frozen=True)
class Module:
    path: str
    kind: str                # behind "multiboot,"
    words: str = ""


LINUX = (Module(IMAGES / "vmlinuz", "kernel", "console=ttyAMA0"), Module(IMAGES / "guest-initrd.gz", "ramdisk"))
TINY = (Module(IMAGES / "guests/actor", "kernel", "idle"),)


class Tree:
    """The machine's device tree with modules and domains added, and QEMU's arguments that put the modules where it says."""

    def __init__(self, bench):
        self._folder = bench.folder
        self._chosen = ""
        self._loaders = []
        self._next = FIRST_AT

    def add_dom0(self, words):
        self._chosen += self._node(KERNEL_AT, Module(OPTIONS.kernel, "kernel", words)) + self._node(INITRD_AT, Module(OPTIONS.initrd, "ramdisk"))

    def add_domain(self, name, memory_kib, modules, cpus=1, flags=""):
        nodes = ""
        for module in modules:
            nodes += self._node(self._next, module)
            self._next += STEP
        self._chosen += (f'{name} {{ compatible = "xen,domain"; #address-cells = <2>; #size-cells = <2>; memory = <0 {memory_kib}>; '
                         f"cpus = <{cpus}>; {flags} {nodes} }};\n")

    def _node(self, address, module):
        self._loaders += ["-device", f"loader,file={module.path},addr={address:#x},force-raw=on"]
        size = module.path.stat().st_size
        return (f'module@{address:x} {{ compatible = "multiboot,{module.kind}", "multiboot,module"; reg = <0 {address:#x} 0 {size:#x}>; '
                f'bootargs = "{module.words}"; }};\n')

    def arguments(self, bench):
        plain, source, made = (self._folder / name for name in ("plain.dtb", "tree.dts", "tree.dtb"))
        _run(PLATFORM.emulator, "-M", f"{PLATFORM.machine},dumpdtb={plain}", "-cpu", bench.hypervisor.cpu, "-smp", str(OPTIONS.cpus),
             *memory_arguments(OPTIONS.memory), "-display", "none", "-nic", "none")
        text = _run("dtc", "-q", "-I", "dtb", "-O", "dts", str(plain))
        words = f"{bench.hypervisor.options} dom0_mem={OPTIONS.dom0_memory} guest_loglvl=all"
        source.write_text(text + "/ { chosen { #address-cells = <2>; #size-cells = <2>;\n" f'xen,xen-bootargs = "{words}";\n{self._chosen}' "}; };\n")
        _run("dtc", "-q", "-q", "-I", "dts", "-O", "dtb", "-o", str(made), str(source))
        return ["-kernel", str(bench.hypervisor.image), "-dtb", str(made), *self._loaders]


def _run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 0, f"{command[0]} failed: {done.stderr}")
    return done.stdout


def _add_both(tree):
    tree.add_domain("domU1", 256 * 1024, LINUX, cpus=2, flags="vpl011;")
    tree.add_domain("domU2", 4 * 1024, TINY, flags='xen,enhanced = "enabled";')


@domains.check
def beside_dom0(bench):
    """Dom0's tools see them, and can end them."""
    tree = Tree(bench)
    tree.add_dom0(f"{bench.hypervisor.dom0_options} xenolith.agent xenolith.quiet")
    _add_both(tree)
    with bench.boot(MachineOptions(boot_from=tree.arguments(bench))) as dom0:
        listed = [line.split()[1:4] for line in dom0.run("xl list").splitlines()[1:]]  # they have no names
        check_equal([row[0::2] for row in sorted(listed)[1:]], [["1", "2"], ["2", "1"]], "number and vCPUs")
        check_equal(sorted(listed)[1][1], "256", "memory")
        wait_until("Linux's userland", lambda: "guest: up" in dom0.run("xl dmesg | grep DOM1 || true"), 120)
        check("2 vCPUs" in dom0.run("xl dmesg | grep 'DOM1: guest: up'"), "its second vCPU is missing")
        check("actor: idle" in dom0.run("xl dmesg | grep '(d2)'"), "the second domain says nothing")
        before = free_memory(dom0)
        dom0.run("xl destroy 1 && xl destroy 2", 60)
        wait_until("their memory is free", lambda: free_memory(dom0) >= before + 259)


@domains.check
def without_dom0(bench):
    tree = Tree(bench)
    _add_both(tree)
    with bench.start(MachineOptions(boot_from=tree.arguments(bench))) as machine:
        machine.console.expect(r"\(d2\) actor: idle", 60)
        machine.console.expect(r"DOM1: guest: up after .* with 2 vCPUs", 120)
