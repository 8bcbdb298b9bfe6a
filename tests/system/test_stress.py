# SPDX-License-Identifier: MIT
"""Many guests, one after the other, side by side, at once: what they leave behind, and whether the last costs as much as the first. With
the project's own tools. `./test all` uses the full numbers."""
from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import counts, wait_for_counts

stress = Scenario("stress", MachineOptions(initrd=IMAGES / "dom0-initrd-own.gz", memory="4096M",
                                           xen_options="conring_size=2M"))  # `counts` reads what debug keys print of hundreds of domains

CREATE = "xl create -q /guests/tiny.cfg"


def number(dom0, usual, thorough):
    return thorough if dom0.bench.thorough else usual


@stress.check
def cycles(dom0):
    """Creating and destroying again and again leaves every count as it was."""
    dom0.run(f"{CREATE} && xl destroy tiny")
    before = counts(dom0)
    count = number(dom0, 25, 1000)
    step = 50
    for done in range(0, count, step):
        dom0.run(f"for i in $(seq {min(step, count - done)}); do {CREATE} && xl destroy tiny || exit 1; done", 12 * step)
    wait_for_counts(dom0, before)
    return f"{count} cycles"


@stress.check
def ends_by_themselves(dom0):
    """So does a guest that ends while it is being watched by its monitor."""
    before = counts(dom0)
    dom0.run(f"for i in $(seq 5); do {CREATE} 'cmdline=\"poweroff\"' 'name=\"end'$i'\"' || exit 1; done", 60)
    wait_for_counts(dom0, before)


@stress.check
def parallel(dom0):
    """All are created at the same time, and all are destroyed at the same time."""
    dom0.run(f"{CREATE} && xl destroy tiny")
    before = counts(dom0)
    count = number(dom0, 20, 200)
    dom0.run(f"rm -f /run/failed; for i in $(seq {count}); do ({CREATE} 'name=\"p'$i'\"' || echo $i >>/run/failed) & done; wait; "
             "! cat /run/failed 2>/dev/null", 10 * count + 60)
    check_equal(counts(dom0)["domains"], before["domains"] + count, "domains")
    dom0.run(f"for i in $(seq {count}); do xl destroy p$i & done; wait", 10 * count + 60)
    wait_for_counts(dom0, before)
    return f"{count} guests"


@stress.check
def same_name(dom0):
    """Of many with one name that are created at the same time exactly one comes to be."""
    before = counts(dom0)
    dom0.run(f"for i in 1 2 3 4 5; do {CREATE} >/dev/null 2>&1 & done; wait", 90)
    check_equal(counts(dom0)["domains"], before["domains"] + 1, "domains")
    dom0.run("xl destroy tiny")
    wait_for_counts(dom0, before)


@stress.check
def many(dom0):
    """All at once: each has a console that answers. What the first and the last cost is said, not judged."""
    dom0.run(f"{CREATE} && xl destroy tiny")
    before = counts(dom0)
    count = number(dom0, 30, 500)
    size = 10
    seconds = []
    for first in range(1, count + 1, size):
        output = dom0.run("read -r a b </proc/uptime; "
                          f"for i in $(seq {first} {first + size - 1}); do {CREATE} 'cmdline=\"console\"' 'name=\"m'$i'\"' || exit 1; done; "
                          "read -r c d </proc/uptime; xl list >/dev/null; read -r e f </proc/uptime; echo $a $c $e", 12 * size + 30)
        began, created, listed = (float(word) for word in output.splitlines()[-1].split())  # xl may tell its progress before
        seconds.append(((created - began) / size, listed - created))
    check_consoles(dom0, count)
    for first in range(1, count + 1, 50):
        dom0.run(f"for i in $(seq {first} {min(count, first + 49)}); do xl destroy m$i || exit 1; done", 500)
    wait_for_counts(dom0, before)
    return (f"{count} guests; xl create: first {seconds[0][0]:.2f} s, last {seconds[-1][0]:.2f} s; "
            f"xl list: {seconds[0][1]:.2f} s, {seconds[-1][1]:.2f} s")


def check_consoles(dom0, count):
    """Types at each guest's terminal and looks for that in its log, which has what the guest sent back."""
    dom0.run("for d in $(xenstore-list /local/domain); do [ $d = 0 ] || "
             "echo hello-$d >$(xenstore-read /local/domain/$d/console/tty) || exit 1; done", count + 60)
    answered = "grep -l '^hello-' /var/log/xen/console/guest-m*.log | wc -l"
    dom0.run(f"for try in $(seq 600); do [ $({answered}) = {count} ] && exit 0; usleep 100000; done; {answered}; exit 1", 90)


@stress.check
def store_is_consistent(dom0):
    check("OK" in dom0.run("xenstore-control check"), "xenstored's own counts are wrong")
