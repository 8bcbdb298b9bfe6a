# SPDX-License-Identifier: MIT
"""Machines and processors that QEMU models, each booted to dom0's tools and powered off. For arm64."""
from dataclasses import dataclass

from harness.errors import check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import ROOT, SYSROOT
from system.machine_tree import Board, MachineTree, run
from system.xl_output import fields

boards = Scenario("boards", options=None)


def comes_up(bench, options):
    """dom0 sees all CPUs, brings them up itself, and can end the machine."""
    with bench.boot(options) as dom0:
        check_equal(int(fields(dom0.run("xl info"))["nr_cpus"]), options.cpus, "the hypervisor's CPUs")
        check_equal(int(dom0.run("nproc")), options.cpus, "dom0's CPUs")
        up = dom0.uptime_at_start
        dom0.send_without_answer("poweroff -f")
        check_equal(dom0.machine.wait_for_exit(60), 0, "QEMU's exit status")
    return f"userland after {up:.1f} s of dom0's uptime"


@dataclass(frozen=True)
class Virt:
    """QEMU's machine virt."""
    cpu: str
    gic: int
    cpus: int

    def name(self):
        return f"{self.cpu.replace('-', '_')}_gic{self.gic}_{self.cpus}"

    def check(self):
        def one(bench):
            return comes_up(bench, MachineOptions(machine=f"virt,virtualization=on,gic-version={self.gic}", cpu=self.cpu, cpus=self.cpus))
        one.__name__ = self.name()
        one.__doc__ = f"{self.cpu}, GICv{self.gic}, {self.cpus} CPUs"
        return one


# Each processor with each GIC, and each number of CPUs up to GICv2's most.
MODELS = (Virt("cortex-a53", 2, 2), Virt("cortex-a53", 3, 1), Virt("cortex-a57", 2, 1), Virt("cortex-a57", 3, 5), Virt("cortex-a72", 2, 8),
          Virt("cortex-a72", 3, 3), Virt("cortex-a76", 2, 3), Virt("cortex-a76", 3, 4), Virt("neoverse-n1", 2, 4), Virt("neoverse-n1", 3, 8),
          Virt("max", 2, 6), Virt("max", 3, 7))
for model in MODELS:
    boards.check(model.check())

ZCU102_TREE = next(SYSROOT.glob("usr/lib/linux-image-*-arm64/xilinx/zynqmp-zcu102-rev1.0.dtb"), None)


@boards.check
def xlnx_zcu102(bench):
    """A machine of another kind, with the device tree that Debian has for the board."""
    # Linux would turn off the clock of the console, which it does not see used.
    tree = MachineTree(bench, Board(machine="xlnx-zcu102,virtualization=on", cpu="cortex-a53", cpus=4, tree=ZCU102_TREE, dom0_options="clk_ignore_unused"))
    tree.add_dom0()
    return comes_up(bench, tree.machine())


SPIN_CPUS = 4
# QEMU puts a kernel without a header there; the image lies at the next multiple of 2 MiB.
LOADER_AT, RELEASE_AT, IMAGE_AT = 0x40080000, 0x40081000, 0x40200000


def spin_table_cpu(number):
    return f'&{{/cpus/cpu@{number}}} {{ enable-method = "spin-table"; cpu-release-addr = <0 {RELEASE_AT + 8 * number:#x}>; }};\n'


@boards.check
def spin_table(bench):
    """Secondary CPUs wait in a loop of the boot loader's. (By PSCI they could not be started: they run already.)"""
    elf, loader = bench.folder / "loader.elf", bench.folder / "loader"
    run("aarch64-linux-gnu-gcc", "-nostdlib", "-static", f"-DRELEASE={RELEASE_AT:#x}", f"-DIMAGE={IMAGE_AT:#x}", f"-Wl,-Ttext={LOADER_AT:#x}",
        "-Wl,--build-id=none", "-o", str(elf), str(ROOT / "tests/boards/spin_table.S"))
    run("aarch64-linux-gnu-objcopy", "-O", "binary", str(elf), str(loader))
    reserved = f"/memreserve/ {LOADER_AT:#x} 0x2000;\n"
    tree = MachineTree(bench, Board(cpus=SPIN_CPUS, reserved=reserved, source="".join(spin_table_cpu(n) for n in range(1, SPIN_CPUS))))
    tree.add_dom0()
    image = ["-device", f"loader,file={bench.hypervisor.image},addr={IMAGE_AT:#x},force-raw=on"]
    return comes_up(bench, tree.machine(kernel=loader, more=image))
