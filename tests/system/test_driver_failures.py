# SPDX-License-Identifier: MIT
"""Driver domains that fail: devd is killed (and started again), the backend's process is killed, the whole domain is destroyed; each
while a disk is being attached, connected and detached. The guest must live, dom0 must not notice, nothing may be left, and the disk
must be there again after attaching it anew. docs/toolstack.md shows the same as a table."""
import functools

from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system import driver_domains as dd
from system.guest_commands import ask, check_all_kib_freed, free_kib, wait_until

driver_failures = Scenario("driver_failures", MachineOptions(initrd=IMAGES / "dom0-initrd-driver.gz", xen_options="guest_loglvl=all"))
QEMU, BLOCK, MODULE = "/usr/libexec/xen-qemu-system-i386", "/etc/xen/scripts/block", "/modules/xen-blkback.ko"
WAITER = 'printf "#!/bin/sh\\necho x >>/tmp/runs\\nsleep 1000\\nexec /etc/xen/scripts/block \\"\\$@\\"\\n" >{0}; chmod 755 {0}'
SLEEPER = 'printf "#!/bin/sh\\nsleep 1000\\n" >{0}; chmod 755 {0}'


def pids_of(name):
    """A piece of shell: the numbers of the processes whose command line has this."""
    return f"$(ps | grep [/]{name} | while read -r pid rest; do echo $pid; done)"


QEMU_PID = pids_of("xen-qemu")


class Disk:
    """The disk of one cell: xvdb, on a file of the storage domain."""

    def __init__(self, dom0, kind):
        self.dom0, self.kind, self.backend = dom0, kind, "qdisk" if kind == "qdisk" else "vbd"
        self.words = f"linux '{(dd.QDISK if kind == 'qdisk' else dd.PHY).format('b', 'xvdb')}'"

    def attach(self):
        self.dom0.run(f"xl block-attach {self.words}", 90)
        wait_until("the disk comes", lambda: dd.has_disk(self.dom0, "xvdb"))

    def begin_attaching(self):
        dd.in_background(self.dom0, f"xl block-attach {self.words}")

    def wait_for_state(self, state):
        wait_until(f"backend state {state}", lambda: dd.backend_state(self.dom0, "storage", self.backend) == state)

    def works(self):
        wait_until("the disk comes", lambda: dd.has_disk(self.dom0, "xvdb"))
        dd.disk_works(self.dom0, "xvdb", "b")

    def detach(self):
        self.dom0.run("xl block-detach linux xvdb", 60)
        wait_until("the disk goes", lambda: not dd.has_disk(self.dom0, "xvdb"))


class Before:
    """xl waits for a backend: blkback is not loaded, qemu is a script that only sleeps."""

    def __init__(self, disk):
        self.disk, self.dom0 = disk, disk.dom0
        if disk.kind == "phy":
            ask(self.dom0, "storage", "rmmod xen_blkback")
        else:
            ask(self.dom0, "storage", f"mv {QEMU} /tmp/qemu; " + SLEEPER.format(QEMU))
        disk.begin_attaching()
        disk.wait_for_state("1")
        if disk.kind == "qdisk":
            wait_until("devd to start it", lambda: "xen-qemu" in ask(self.dom0, "storage", "ps"))

    def let_go(self):
        ask(self.dom0, "storage", f"insmod {MODULE}" if self.disk.kind == "phy" else f"mv /tmp/qemu {QEMU}; killall sleep; true")


class Script:
    """The hotplug script runs; it goes on when its `sleep` ends."""

    def __init__(self, disk):
        self.disk, self.dom0 = disk, disk.dom0
        ask(self.dom0, "storage", f"mv {BLOCK} /tmp/block; rm -f /tmp/runs; " + WAITER.format(BLOCK))
        disk.begin_attaching()
        wait_until("the script", lambda: "scripts/block" in ask(self.dom0, "storage", "ps"))

    def let_go(self):
        ask(self.dom0, "storage", f"mv /tmp/block {BLOCK}")


class InitWait:
    """The backend waits for the frontend; the guest is paused."""

    def __init__(self, disk):
        self.disk, self.dom0 = disk, disk.dom0
        self.dom0.run("xl pause linux")
        dd.in_background(self.dom0, f"xl block-attach {disk.words}")
        status, output = dd.finished(self.dom0)
        check_equal(status, 0, f"attaching: {output}")
        disk.wait_for_state("2")

    def let_go(self):
        self.dom0.run("xl unpause linux")


class Connected:
    def __init__(self, disk):
        self.disk, self.dom0 = disk, disk.dom0
        disk.begin_attaching()
        check_equal(dd.finished(self.dom0)[0], 0, "attaching")
        disk.works()

    def let_go(self):
        pass


class Busy:
    """The guest waits for a request to its disk, which qemu, stopped, or the domain, paused, has not seen."""

    def __init__(self, disk):
        self.disk, self.dom0 = disk, disk.dom0
        disk.begin_attaching()
        check_equal(dd.finished(self.dom0)[0], 0, "attaching")
        disk.works()
        if disk.kind == "qdisk":
            ask(self.dom0, "storage", f"kill -STOP {QEMU_PID}")
        else:
            self.dom0.run("xl pause storage")
        ask(self.dom0, "linux", "rm -f /tmp/end; (dd if=/dev/zero of=/dev/xvdb bs=4k count=64 conv=fsync; echo $? >/tmp/end) >/dev/null 2>&1 &")
        wait_until("dd to wait", lambda: "D" in ask(self.dom0, "linux", "ps -o stat,comm | grep \"dd$\" || true"))

    def let_go(self):
        wait_until("an error", lambda: ask(self.dom0, "linux", "cat /tmp/end 2>/dev/null || true").strip() not in ("", "0"))


class Closing:
    """xl waits for the backend to close; the guest is paused."""

    def __init__(self, disk):
        self.disk, self.dom0 = disk, disk.dom0
        disk.attach()
        self.dom0.run("xl pause linux")
        dd.in_background(self.dom0, "xl block-detach linux xvdb")
        disk.wait_for_state("5")

    def let_go(self):
        self.dom0.run("xl unpause linux")


def make_devd_fail(cell, state):
    """The next devd goes on where the first was: attaching and detaching succeed all the same."""
    dd.kill_devd(cell.dom0)
    cell.let_go()
    dd.start_devd(cell.dom0)
    if state is Script:
        ask(cell.dom0, "storage", "killall sleep")  # the first devd's script goes on
    status, output = dd.finished(cell.dom0)
    check_equal(status, 0, output)
    if state is Script:
        check_equal(ask(cell.dom0, "storage", "cat /tmp/runs").split(), ["x"], "the script's runs")
    if state is not Closing:
        cell.disk.works()
        cell.disk.detach()


def make_process_fail(cell, state):
    """What was being attached is refused, or served by another qemu; a connected disk is an error for the guest."""
    name = "block" if state is Script else "xen-qemu"
    ask(cell.dom0, "storage", f"kill -9 {pids_of(name)}")
    if state in (Before, Script):
        status, output = dd.finished(cell.dom0)
        check(status != 0 and ("ended" in output or "killed" in output), f"not refused: {output}")
        cell.let_go()
        return output
    if state in (Connected, Busy):
        wait_until("the guest sees it", lambda: not dd.has_disk(cell.dom0, "xvdb"))
    cell.let_go()
    status, output = dd.finished(cell.dom0)
    if state is InitWait:
        cell.disk.works()
    if state is Closing:
        wait_until("the disk goes", lambda: not dd.has_disk(cell.dom0, "xvdb"))
    if state is not Closing or status != 0:
        cell.dom0.run("xl block-detach linux xvdb", 60)
    return output


def make_domain_fail(cell, state):
    """Attaching fails at once, detaching succeeds, requests end with errors; the guest's half is removed."""
    dd.destroy(cell.dom0, "storage")
    status, output = dd.finished(cell.dom0)
    if state in (InitWait, Closing, Busy):
        cell.let_go()
    if state in (Before, Script):
        check(status != 0 and "has gone" in output, f"{status}: {output}")
    elif state is not Closing:
        cell.dom0.run("xl block-detach linux xvdb", 60)
    wait_until("the disk goes", lambda: not dd.has_disk(cell.dom0, "xvdb"))
    check_equal(cell.dom0.run("xl block-list linux | tail -n +2"), "", "disks")
    dd.is_calm(cell.dom0)
    dd.start_storage(cell.dom0)
    return output


ACTIONS = {"devd": make_devd_fail, "process": make_process_fail, "domain": make_domain_fail}
STATES = {"before": Before, "script": Script, "init_wait": InitWait, "connected": Connected, "closing": Closing}  # and Busy
CELLS = ([("devd", state, kind) for state in STATES for kind in ("phy", "qdisk") if (state, kind) != ("script", "qdisk")] +
         [("process", "script", "phy")] + [("process", state, "qdisk") for state in (*STATES, "busy") if state != "script"] +
         [("domain", state, "phy") for state in (*STATES, "busy")] +
         [("domain", state, "qdisk") for state in ("connected", "closing", "busy")])


@driver_failures.check
def start(dom0):
    dom0.free_at_start, dom0.nodes_at_start = free_kib(dom0), dd.nodes(dom0)
    dd.start_storage(dom0)
    dd.start_guest(dom0)


def run_cell(action, state, kind, dom0):
    before = dd.nodes(dom0)
    try:
        kind_of_state = Busy if state == "busy" else STATES[state]
        seen = ACTIONS[action](kind_of_state(Disk(dom0, kind)), kind_of_state)
        dd.nothing_left(dom0)
        if action != "domain":
            dd.check_same_nodes(dom0, before)
        disk = Disk(dom0, kind)
        disk.attach()
        disk.works()
        disk.detach()
    except Exception:
        start_again(dom0)
        raise
    dd.is_calm(dom0)
    return seen


def start_again(dom0):
    """After a failure, so that the next cell tells of itself."""
    dom0.try_run("xl unpause linux; xl destroy linux; xl destroy storage; rm -f /tmp/job.*", 120)
    dd.start_storage(dom0)
    dd.start_guest(dom0)


for cell_words in CELLS:
    function = functools.partial(run_cell, *cell_words)
    function.__name__ = "_".join(cell_words)
    function.__doc__ = ACTIONS[cell_words[0]].__doc__
    driver_failures.check(function)


@driver_failures.check
def network(dom0):
    """The domain with the network goes: the guest's interface can be taken away, and another is there with the domain's successor."""
    words = "linux bridge=xenbr0 backend=net"
    dd.start_net(dom0)
    for turn in (1, 2):
        dom0.run(f"xl network-attach {words}", 90)
        wait_until("the network comes", lambda: "eth0" in ask(dom0, "linux", "ls /sys/class/net"))
        dd.network_works(dom0)
        dd.kill_devd(dom0, "net")
        dd.network_works(dom0)
        dd.destroy(dom0, "net")
        dom0.run("xl network-detach linux 0", 60)
        wait_until("the network goes", lambda: "eth0" not in ask(dom0, "linux", "ls /sys/class/net"))
        if turn == 1:
            dd.start_net(dom0)


@driver_failures.check
def end(dom0):
    dd.destroy(dom0, "linux")
    dd.destroy(dom0, "storage")
    dd.check_same_nodes(dom0, dom0.nodes_at_start)
    check_all_kib_freed(dom0, dom0.free_at_start)
    dd.is_calm(dom0)
