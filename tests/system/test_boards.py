# SPDX-License-Identifier: MIT
"""Machines and processors that QEMU models, each booted to dom0's tools and powered off. For arm64."""
from dataclasses import dataclass, replace

from harness.errors import check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.platform import PLATFORM
from harness.settings import ROOT, SYSROOT
from system.machine_tree import Board, MachineTree, run
from system.test_console import hypervisor_focus
from system.xl_output import fields

boards = Scenario("boards", options=None)


def comes_up(bench, options, console="interrupt"):
    """dom0 sees all CPUs, brings them up itself, and can end the machine; the console works in both directions, for dom0 and the hypervisor."""
    with bench.boot(options) as dom0:
        check_equal(int(fields(dom0.run("xl info"))["nr_cpus"]), options.cpus, "the hypervisor's CPUs")
        check_equal(int(dom0.run("nproc")), options.cpus, "dom0's CPUs")
        hypervisor_focus(dom0)
        dom0.run(f"xl dmesg | grep -q 'Console: .*, {console}'")
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
    loader = build_loader(bench, "spin_table.S", RELEASE=RELEASE_AT)
    reserved = f"/memreserve/ {LOADER_AT:#x} 0x2000;\n"
    tree = MachineTree(bench, Board(cpus=SPIN_CPUS, reserved=reserved, source="".join(spin_table_cpu(n) for n in range(1, SPIN_CPUS))))
    tree.add_dom0()
    return comes_up(bench, tree.machine(kernel=loader, more=loaded_image(bench)))


def build_loader(bench, source, **addresses):
    """A boot loader of tests/boards, which goes on to the hypervisor's image."""
    elf, loader = bench.folder / "loader.elf", bench.folder / "loader"
    words = [f"-D{name}={address:#x}" for name, address in {**addresses, "IMAGE": IMAGE_AT}.items()]
    run("aarch64-linux-gnu-gcc", "-nostdlib", "-static", *words, f"-Wl,-Ttext={LOADER_AT:#x}", "-Wl,--build-id=none", "-o", str(elf),
        str(ROOT / "tests/boards" / source))
    run("aarch64-linux-gnu-objcopy", "-O", "binary", str(elf), str(loader))
    return loader


def loaded_image(bench):
    return ["-device", f"loader,file={bench.hypervisor.image},addr={IMAGE_AT:#x},force-raw=on"]


SBSA = '&{/pl011@9000000} { compatible = "arm,sbsa-uart"; current-speed = <115200>; };\n'


@boards.check
def sbsa_uart(bench):
    """The machine's UART, of which the tree tells what the SBSA promises."""
    tree = MachineTree(bench, Board(source=SBSA))
    tree.add_dom0()
    return comes_up(bench, tree.machine())


# A 16550 on a PCI card, which stands for one that a board has in its memory: its I/O port lies in a window of machine virt's memory. dom0
# sees no PCI, else it would move the port and use it.
ECAM_AT, PORTS_AT, PORT, SLOT = 0x3f000000, 0x3eff0000, 0x1000, 4
UART_AT = PORTS_AT + PORT
INTERRUPT = "interrupts = <0 3 4>;"       # what the pin of slot 4 is connected to


@dataclass(frozen=True)
class Uart:
    """A serial line of the 16550 family as the device tree has it."""
    name: str
    text: str
    about: str
    console: str = "interrupt"

    def source(self):
        return (f"/delete-node/ &{{/pcie@10000000}};\n/ {{ uart@{UART_AT:x} {{ reg = <0 {UART_AT:#x} 0 8>; {self.text} }};\n"
                f'chosen {{ stdout-path = "/uart@{UART_AT:x}"; }}; }};\n')

    def check(self):
        def one(bench):
            board = Board(machine=f"{PLATFORM.machine},highmem=off", source=self.source())
            tree = MachineTree(bench, board)
            tree.add_dom0()
            loader = build_loader(bench, "pci_uart.S", CONFIG=ECAM_AT + (SLOT << 15), PORT=PORT)
            machine = tree.machine(kernel=loader, more=loaded_image(bench))
            return comes_up(bench, replace(machine, serial="null", devices=["-device", f"pci-serial,chardev=con,addr={SLOT}"]), self.console)
        one.__name__, one.__doc__ = self.name, self.about
        return one


for line in (Uart("ns16550", f'compatible = "ns16550a"; {INTERRUPT}', "A 16550 by its interrupt"),
             Uart("ns16550_by_timer", 'compatible = "ns16550a";', "A 16550 whose interrupt the tree does not tell", "looked at"),
             Uart("dw8250", f'compatible = "snps,dw-apb-uart"; {INTERRUPT}', "The same registers, called Synopsys DesignWare's")):
    boards.check(line.check())
