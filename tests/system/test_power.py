# SPDX-License-Identifier: MIT
"""The machine's edges in time: reboot, wall clock, CPU counts and memory sizes. Each check boots its own machine."""
import calendar
import time

from harness.dom0 import Dom0
from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from system.xl_output import fields

power = Scenario("power", options=None)
sizes = Scenario("sizes", options=None)


@power.check
def reboot(bench):
    """dom0's reboot resets the machine: the hypervisor starts once more."""
    with bench.start(MachineOptions(reboots=True)) as machine:
        machine.console.expect(bench.hypervisor.banner, 60)
        dom0 = Dom0(machine)
        dom0.wait_until_up()
        dom0.send_without_answer("reboot -f")
        machine.console.expect(bench.hypervisor.banner, 90)


@power.check
def reboot_by_command(bench):
    """Debug key R reboots the machine without dom0's help; with -no-reboot QEMU ends."""
    with bench.boot(MachineOptions()) as dom0:
        dom0.send_without_answer("xl debug-keys R")
        check_equal(dom0.machine.wait_for_exit(), 0, "QEMU's exit status")


@power.check
def wall_clock(bench):
    """dom0's clock follows the machine's real-time clock, and runs at its speed."""
    base = "2031-05-06T07:08:09"
    start = calendar.timegm(time.strptime(base, "%Y-%m-%dT%H:%M:%S"))
    with bench.boot(MachineOptions(devices=["-rtc", f"base={base}"])) as dom0:
        began = time.time()
        first = int(dom0.run("date +%s"))
        expected = start + (time.time() - dom0.machine.started)
        check(abs(first - expected) < 15, f"the clock is {first - expected:.0f} s off")
        time.sleep(10)
        passed = int(dom0.run("date +%s")) - first
        check(abs(passed - (time.time() - began)) < 5, f"{passed} s passed where {time.time() - began:.0f} s did")
        return f"{first - expected:+.0f} s"


def boot_with_cpus(bench, cpus):
    with bench.boot(MachineOptions(cpus=cpus)) as dom0:
        check_equal(int(dom0.run("nproc")), cpus, "dom0's CPUs")
        check_equal(int(fields(dom0.run("xl info"))["nr_cpus"]), cpus, "nr_cpus")
        for cpu in range(cpus):
            dom0.run(f"taskset {1 << cpu:x} true")


def boot_with_memory(bench, memory_mib, dom0_mib):
    with bench.boot(MachineOptions(memory=f"{memory_mib}M", dom0_memory=f"{dom0_mib}M")) as dom0:
        total = int(fields(dom0.run("xl info"))["total_memory"])
        check(memory_mib * 0.97 - 32 <= total <= memory_mib, f"total_memory is {total} of {memory_mib}")
        present = int(fields(dom0.run("cat /proc/meminfo"))["MemTotal"].split()[0]) // 1024
        check(dom0_mib * 0.6 <= present <= dom0_mib, f"dom0's kernel sees {present} of {dom0_mib} MiB")


@sizes.check
def one_cpu(bench):
    boot_with_cpus(bench, 1)


@sizes.check
def sixteen_cpus(bench):
    boot_with_cpus(bench, 16)


@sizes.check
def memory_256m(bench):
    boot_with_memory(bench, 256, 160)


@sizes.check
def memory_4g(bench):
    """RAM on both sides of the hole below 4 GiB."""
    boot_with_memory(bench, 4096, 3072)


@sizes.check
def memory_64g(bench):
    boot_with_memory(bench, 65536, 2048)
