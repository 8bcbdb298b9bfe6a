# SPDX-License-Identifier: MIT
"""The checks of test_guests.py with the project's own xl, xenstored and xenconsoled, in place of Debian's, in dom0. On Xenolith that
is the product; on Debian's Xen it proves that the tools keep to the public interface."""
from harness.errors import check
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import ask, wait_until
from system.test_guests import guests

own_tools = Scenario("own_tools", MachineOptions(initrd=IMAGES / "dom0-initrd-own.gz", xen_options="guest_loglvl=all"))


def daemons_restart(dom0):
    """Xenstored and xenconsoled end, also by SIGKILL, and come again: the guest goes on, and so does all that depends on them."""
    before = tree(dom0)
    for signal in ("TERM", "KILL"):
        restart(dom0, "xenstored", signal)
        check(tree(dom0) == before, "xenstore's tree is another")
        disk_comes_and_goes(dom0)
        restart(dom0, "xenconsoled", signal, "--log=guest")
        disk_comes_and_goes(dom0)


def restart(dom0, daemon, signal, options=""):
    file = f"/run/{daemon}.pid"
    dom0.run(f"kill -{signal} $(cat {file}) && while kill -0 $(cat {file}) 2>/dev/null; do sleep 0.1; done; "
             f"{daemon} --pid-file={file} {options} && while ! xenstore-exists /; do sleep 0.1; done", 30)
    terminal = "$(xenstore-read /local/domain/$(xl domid linux)/console/tty)"
    wait_until("the guest's terminal", lambda: dom0.try_run(f"test -c {terminal}").status == 0)


def tree(dom0):
    """What xenstore has of the guest."""
    return dom0.run("xenstore-ls -f -p /local/domain/$(xl domid linux)")


def disk_comes_and_goes(dom0):
    """Watches of dom0's and of the guest's kernel are told, the guest is asked by its console."""
    dom0.run("xl block-attach linux phy:/dev/loop1,xvdb,w", 30)
    wait_until("the second disk", lambda: "xvdb" in ask(dom0, "linux", "cat /proc/partitions"))
    dom0.run("xl block-detach linux xvdb", 30)


for function in guests.checks:
    if function.__name__ == "linux_shuts_down":
        own_tools.check(daemons_restart)
    own_tools.check(function)
