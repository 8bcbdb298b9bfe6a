# SPDX-License-Identifier: MIT
"""Over 2,000 guests at once on one machine: more event channels in dom0 than the 2-level form has ports. With the project's own tools. What
each hundred costs goes to the log; that the cost stays flat is for people to see, not judged."""
from harness.errors import check
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import KEPT_KIB, counts, wait_for_counts

GUESTS = 2200          # of 4 MiB; each has an event channel for its console and one for xenstore
TWO_LEVEL_PORTS = 4096
# What `counts` says is too long to print of so many domains, but for these.
DOMAINS = "xl list | tail -n +2 | wc -l"
CHANNELS = "/usr/lib/xen-4.17/bin/lsevtchn 0 | wc -l"
# Dom0's own tables in the hypervisor, of channels (64 bytes each) and of foreign mappings, stay as large as they were once.
DOM0_BYTES = 256
CREATE = "xl create -q /guests/tiny.cfg"
FREE_KIB = "echo $(($(xl info free_memory) * 1024))"

thousands = Scenario("thousands", MachineOptions(initrd=IMAGES / "dom0-initrd-own.gz", memory="16G", dom0_memory="4096M",
                                                 xen_options="conring_size=2M"))


@thousands.check
def at_once(dom0):
    """Created, listed, each reachable on its console, destroyed; every count is as it was before."""
    dom0.run(f"{CREATE} && xl destroy tiny")  # what only the first creation adds is there before the count
    before = counts(dom0)
    costs = [create_hundred(dom0, first) for first in range(1, GUESTS + 1, 100)]
    domains, channels, free_kib = (int(dom0.run(command, 60)) for command in (DOMAINS, CHANNELS, FREE_KIB))
    check(domains == 1 + GUESTS, f"only {domains} domains")
    check(channels > TWO_LEVEL_PORTS, f"dom0 has only {channels} event channels")
    check_consoles(dom0)
    destroyed = [destroy_hundred(dom0, first) for first in range(1, GUESTS + 1, 100)]
    wait_for_counts(dom0, before, KEPT_KIB + GUESTS * DOM0_BYTES // 1024)
    return (f"{GUESTS} guests, {channels} channels, {(before['free_kib'] - free_kib) / GUESTS / 1024:.2f} MiB each; "
            f"xl create: {costs[0][0]:.2f} to {costs[-1][0]:.2f} s; xl list: {costs[0][1]:.2f} to {costs[-1][1]:.2f} s; "
            f"xl destroy: {destroyed[0]:.2f} to {destroyed[-1]:.2f} s")


def seconds(dom0, command, patience):
    output = dom0.run(f"read -r a b </proc/uptime; {command} || exit 1; read -r c d </proc/uptime; echo took $a $c", patience)
    began, ended = output.splitlines()[-1].split()[1:]
    return float(ended) - float(began)


def create_hundred(dom0, first):
    """Seconds for one creation and for listing all that are there."""
    created = 0
    for ten in range(first, first + 100, 10):
        created += seconds(dom0, f"for i in $(seq {ten} {ten + 9}); do {CREATE} 'cmdline=\"console\"' 'name=\"t'$i'\"' "
                           "|| exit 1; done", 120)
    return created / 100, seconds(dom0, "xl list >/dev/null", 60)


def destroy_hundred(dom0, first):
    return sum(seconds(dom0, f"for i in $(seq {ten} {ten + 9}); do xl destroy t$i || exit 1; done", 120)
               for ten in range(first, first + 100, 10)) / 100


def check_consoles(dom0):
    """Types at each guest's terminal and looks for what the guest sent back in its log."""
    for start in range(1, GUESTS + 1, 100):
        dom0.run(f"for i in $(seq {start} {start + 99}); do d=$(xl domid t$i); "
                 "echo hello-$d >$(xenstore-read /local/domain/$d/console/tty) || exit 1; done", 300)
    answered = "grep -l '^hello-' /var/log/xen/console/guest-t*.log | wc -l"
    dom0.run(f"for try in $(seq 600); do [ $({answered}) = {GUESTS} ] && exit 0; usleep 200000; done; {answered}; exit 1", 300)
