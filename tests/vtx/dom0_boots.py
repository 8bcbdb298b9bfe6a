# SPDX-License-Identifier: MIT
"""A Debian dom0 on Bochs's processors: to its userland, a look around, power-off."""
import dataclasses
import re
import traceback

from harness.bochs import BochsMachine
from harness.dom0 import Dom0
from harness.errors import TestFailure, check, check_equal
from harness.hypervisor import XENOLITH
from harness.machine import MachineOptions
from harness.settings import IMAGES, LOGS

from . import unpacked

BOOTS = []
TO_USERLAND = 900    # 150 s were seen on a busy machine, 410 s were too few on one with 30 programs for two processors
INITRD_WITH_GUESTS = IMAGES / "dom0-initrd-guests.gz"
MACHINE = {"memory": "1024M", "dom0_memory": "384M"}


def boot(options):
    """Decorator: a check that gets a dom0 which has reached its userland."""
    def add(function):
        function.options = options
        BOOTS.append(function)
        return function
    return add


def run_boot(processor, function, report, exits):
    name = f"{processor.name}.dom0.{function.__name__}"
    log = LOGS / f"vtx.{name}.log"
    try:
        options = unpacked_options(function.options)
        with BochsMachine(XENOLITH, processor, options, log) as machine:
            dom0 = Dom0(machine)
            dom0.wait_until_up(TO_USERLAND)
            exits.add(name.replace(".dom0", ""), dom0)
            function(dom0)
            dom0.send_without_answer("poweroff -f")
            machine.wait_for_exit(120)
        report.success(name)
    except TestFailure as error:
        report.failure(name, str(error), log)
    except Exception:
        report.failure(name, traceback.format_exc(limit=-3), log)


def unpacked_options(options):
    has_guests = options.initrd == INITRD_WITH_GUESTS
    initrd = unpacked.initrd_with_guests(options.initrd, options.kernel) if has_guests else unpacked.initrd(options.initrd)
    return dataclasses.replace(options, kernel=unpacked.kernel(options.kernel), initrd=initrd)


def look_around(dom0, cpus):
    check_equal(int(dom0.run("nproc")), cpus, "dom0's CPUs")
    info = dom0.run("xl info")
    check_equal(int(re.search(r"^nr_cpus *: (\d+)", info, re.MULTILINE)[1]), cpus, "nr_cpus")
    for cpu in range(cpus):
        dom0.run(f"taskset {1 << cpu:x} true")


@boot(MachineOptions(cpus=1, **MACHINE))
def one_cpu(dom0):
    look_around(dom0, 1)


@boot(MachineOptions(cpus=2, **MACHINE))
def two_cpus(dom0):
    look_around(dom0, 2)


@boot(MachineOptions(cpus=4, **MACHINE))
def four_cpus(dom0):
    look_around(dom0, 4)


@boot(MachineOptions(cpus=1, initrd=INITRD_WITH_GUESTS, **MACHINE))
def pvh_guest(dom0):
    """Debian's kernel as a PVH guest, started by Debian's xl."""
    dom0.run("xl create -q /guests/linux.cfg memory=96", 300)
    dom0.run("ask --wait linux '^guest: up'", 400)
    check("Linux" in dom0.run("ask linux uname", 120), "the guest does not answer")
    dom0.run("xl destroy linux", 60)
