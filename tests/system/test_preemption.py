# SPDX-License-Identifier: MIT
"""How long the hypervisor lets waiting work wait (timers, other vCPUs, other CPUs): from when it is raised until it is begun, counted
in its own instructions by a plugin of the emulator, while guests ask for all that is long. A thousand of them take about a microsecond."""
import subprocess

from harness.errors import TestFailure, check
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES, OUT

LIMIT = 1_000_000      # instructions: a millisecond, at one for each nanosecond
GUESTS = ("event_hostile", "event_scale", "grant_hostile")   # with two vCPUs, which compete for one CPU
FROM = ("xenolith::raise_work(", "xenolith::run_work_soon(")
TO = ("xenolith::quiescent::pass()", "xenolith::run_due_timers()", "xenolith::Dispatcher::schedule()")
PLUGIN = OUT / "tools/lib/longest.so"

preemption = Scenario("preemption", options=None)


@preemption.check
def hostile_guests(bench):
    """Operations on thousands of grants and channels give way within a millisecond."""
    found = {}
    for guest in GUESTS:
        counts = bench.folder / guest
        with bench.start(options(counts, kernel=IMAGES / "guests" / guest, initrd=None, dom0_memory="256M")) as machine:
            machine.wait_for_exit(300)
        found[guest] = longest(counts)
    return verdict(found)


@preemption.check
def domains(bench):
    """So do making and ending domains, populating and giving back their memory."""
    counts = bench.folder / "domains"
    with bench.boot(options(counts, initrd=IMAGES / "dom0-initrd-own.gz", memory="2048M")) as dom0:
        dom0.run("for i in 1 2 3; do xl create -q /guests/tiny.cfg memory=256 && xl destroy tiny || exit 1; done", 300)
        dom0.send_without_answer("poweroff -f")
        dom0.machine.wait_for_exit(120)
    return verdict({"domains": longest(counts)})


def options(counts, **more):
    return MachineOptions(cpus=1, accelerator=counted(counts), xen_options="dom0_max_vcpus=2", **more)


def verdict(found):
    text = ", ".join(f"{name} {instructions}" for name, (instructions, _) in found.items())
    for name, (instructions, where) in found.items():
        check(instructions <= LIMIT, f"{name}: {instructions} instructions, most in {where}; all: {text}")
    return f"longest, in instructions: {text}"


def counted(counts):
    words = [f"from={address_of(name)}" for name in FROM] + [f"to={address_of(name)}" for name in TO]
    return ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-seed", "1", "-rtc", "base=2024-01-01,clock=vm",
            "-plugin", f"{PLUGIN},{','.join(words)},out={counts}"]


def symbols():
    lines = subprocess.run(["nm", "-C", IMAGES / "xenolith-syms"], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split(" ", 2) for line in lines if line.count(" ") >= 2]


def address_of(name):
    for address, kind, symbol in symbols():
        if kind in "tT" and symbol.startswith(name):
            return address
    raise TestFailure(f"the image has no function {name}")


def longest(counts):
    """The longest stretch, and the address of the block that it spent most in, as a function."""
    head, *blocks = counts.read_text().splitlines()
    check(int(head.split()[3]) > 0, "no work was raised at all")
    spent = max(blocks, key=lambda line: int(line.split()[2]), default="at 0 0").split()[1]
    function = max(((int(address, 16), name) for address, kind, name in symbols() if kind in "tT" and int(address, 16) <= int(spent, 16)),
                   default=(0, spent))[1]
    return int(head.split()[1]), function
