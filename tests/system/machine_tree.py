# SPDX-License-Identifier: MIT
"""A machine's device tree with more in it: the modules that the hypervisor finds there, and what a test wants besides. For arm64."""
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import check
from harness.machine import MachineOptions, memory_arguments
from harness.platform import INITRD_AT, KERNEL_AT, PLATFORM

FIRST_AT = 0x50000000       # of further modules
STEP = 0x4000000


@dataclass(frozen=True)
class Module:
    path: Path
    kind: str                # behind "multiboot,"
    words: str = ""


@dataclass
class Board:
    """What of the machine is in the tree or decides it."""
    machine: str = PLATFORM.machine
    cpu: str = None          # the hypervisor's usual one
    cpus: int = 2
    tree: Path = None        # QEMU's own
    xen_options: str = ""
    dom0_options: str = ""
    source: str = ""         # more of the tree, as dtc reads it
    reserved: str = ""       # the same, what has to come first
    modules: MachineOptions = field(default_factory=MachineOptions)


class MachineTree:
    def __init__(self, bench, board=None):
        self.board = board or Board()
        self._bench = bench
        self._chosen = ""
        self._loaders = []
        self._next = FIRST_AT

    def add_dom0(self):
        words = f"{self._bench.hypervisor.dom0_options} xenolith.agent xenolith.quiet {self.board.dom0_options}".strip()
        options = self.board.modules
        self._chosen += self._node(KERNEL_AT, Module(options.kernel, "kernel", words)) + self._node(INITRD_AT, Module(options.initrd, "ramdisk"))

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

    def write(self):
        """Returns the tree's file."""
        source, made = (self._bench.folder / name for name in ("tree.dts", "tree.dtb"))
        text = run("dtc", "-q", "-I", "dtb", "-O", "dts", str(self.board.tree or self._tree_of_qemu()))
        options = self.board.modules
        words = f"{self._bench.hypervisor.options} dom0_mem={options.dom0_memory} guest_loglvl=all {self.board.xen_options}".strip()
        text = text.replace("/dts-v1/;", f"/dts-v1/;\n{self.board.reserved}", 1)
        source.write_text(f"{text}\n{self.board.source}\n/ {{ chosen {{ #address-cells = <2>; #size-cells = <2>;\n"
                          f'xen,xen-bootargs = "{words}";\n{self._chosen}}}; }};\n')
        run("dtc", "-q", "-q", "-I", "dts", "-O", "dtb", "-o", str(made), str(source))
        return made

    def _tree_of_qemu(self):
        plain = self._bench.folder / "plain.dtb"
        run(PLATFORM.emulator, "-M", f"{self.board.machine},dumpdtb={plain}", "-cpu", self.board.cpu or self._bench.hypervisor.cpu,
            "-smp", str(self.board.cpus), *memory_arguments(self.board.modules.memory), "-display", "none", "-nic", "none")
        return plain

    def machine(self, kernel=None, more=()):
        """A machine with it, on which `kernel` (the hypervisor, usually) is started."""
        arguments = ["-kernel", str(kernel or self._bench.hypervisor.image), "-dtb", str(self.write()), *self._loaders, *more]
        return MachineOptions(machine=self.board.machine, cpu=self.board.cpu, cpus=self.board.cpus, memory=self.board.modules.memory,
                              boot_from=arguments)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    check(done.returncode == 0, f"{command[0]} failed: {done.stderr}")
    return done.stdout
