# SPDX-License-Identifier: MIT
"""dom0 under load: CPU, memory and I/O workers at once. One boot, with the RAM disk that holds stress-ng."""
from harness.errors import check
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.xl_output import domains

load = Scenario("load", MachineOptions(initrd=IMAGES / "dom0-initrd-full.gz"))


@load.check
def stress(dom0):
    seconds = 120 if dom0.bench.thorough else 15
    before = domains(dom0.run("xl list"))["Domain-0"]["seconds"]
    output = dom0.run(f"cd /tmp && stress-ng --cpu 2 --vm 1 --vm-bytes 32M --io 1 --verify --timeout {seconds}s --metrics-brief",
                      timeout=seconds * 4 + 120)
    check("successful run completed" in output, f"stress-ng: {output[-300:]}")
    used = domains(dom0.run("xl list"))["Domain-0"]["seconds"] - before
    check(used > seconds, f"two busy CPUs used {used:.0f} s in {seconds} s")
    return f"{used:.0f} CPU seconds"


@load.check
def emulator_stops(dom0):
    """The emulator interrupts its processors at any moment: no interrupt is delivered twice. (Some hundred stops were enough to
    crash dom0 when they were.)"""
    for work in (":", "ls /proc", "sleep 0.01"):
        dom0.run(f"(while [ ! -e /tmp/stopped ]; do {work}; done) >/dev/null 2>&1 & true")
    for _ in range(600):
        dom0.machine.monitor.command("stop")
        dom0.machine.monitor.command("cont")
    dom0.run("touch /tmp/stopped")


@load.check
def kernel_is_calm_after(dom0):
    bad = dom0.run("dmesg | grep -E 'WARNING:|BUG:|Oops|soft lockup|rcu.*stall|clocksource.*unstable' || true")
    check(not bad, f"kernel complaints: {bad}")


@load.check
def processes(dom0):
    """Many short processes: page tables made and dropped."""
    dom0.run("i=0; while [ $i -lt 200 ]; do /bin/busybox true; i=$((i+1)); done", timeout=180)
