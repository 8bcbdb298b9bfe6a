# SPDX-License-Identifier: MIT
"""Guests that misuse what they share with dom0 (guests/hostile.cpp), all at the same time. Nobody else notices: another guest's
console goes on, tools answer, and when they are gone everything is as it was. With the project's own tools."""
from harness.errors import check
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import counts, create_tiny, wait_for_counts, wait_until

hostile_guests = Scenario("hostile_guests", MachineOptions(initrd=IMAGES / "dom0-initrd-own.gz", xen_options="guest_loglvl=all"))

# What they do, and what xenstored answers in the end.
QUOTAS = {"nodes": "ENOSPC after", "size": "ENOSPC at", "watches": "E2BIG after", "transactions": "ENOSPC after"}
OTHERS = ("flood", "half", "length", "indices", "console", "chatter", "unmap", "grants", "ports", "midway")


def create(dom0, word):
    dom0.run(f"xl create -q /guests/hostile.cfg 'name=\"{word}\"' 'cmdline=\"{word}\"'", 60)


def check_witness(dom0, text):
    """The other guest answers at its console, and tools of dom0 work."""
    dom0.run(f"echo {text} >$(xenstore-read /local/domain/$(xl domid witness)/console/tty)")
    wait_until(f"the other guest's answer to {text}",
               lambda: dom0.try_run(f"grep -q {text} /var/log/xen/console/guest-witness.log").status == 0, 60)


def said(dom0, text):
    return dom0.try_run(f"xl dmesg | grep -q '{text}'").status == 0


@hostile_guests.check
def one_by_one(dom0):
    create_tiny(dom0, "console", "witness")
    dom0.run("xl destroy witness")
    before = counts(dom0)
    create_tiny(dom0, "console", "witness")
    for word in (*QUOTAS, *OTHERS):
        create(dom0, word)
        wait_until(f"{word} has done it", lambda: said(dom0, f"done: {word}"), 60)
        check_witness(dom0, f"after-{word}")
        if word in QUOTAS:
            check(said(dom0, f"hostile: {QUOTAS[word]}"), f"the limit of {word} was not met")
        dom0.try_run(f"xl destroy {word}")
    dom0.run("xl destroy witness")
    wait_for_counts(dom0, before)


@hostile_guests.check
def all_at_once(dom0):
    before = counts(dom0)
    create_tiny(dom0, "console", "witness")
    for word in (*QUOTAS, *OTHERS):
        create(dom0, word)
    for turn in range(3):
        check_witness(dom0, f"turn-{turn}")
        dom0.run("xenstore-write /tool/test x && [ $(xenstore-read /tool/test) = x ] && xenstore-rm /tool/test && xl list")
    dom0.run("for d in $(xl list | awk 'NR > 2 {print $1}'); do xl destroy $d || true; done", 200)
    wait_for_counts(dom0, before)


@hostile_guests.check
def store_is_consistent(dom0):
    check("OK" in dom0.run("xenstore-control check"), "xenstored's own counts are wrong")
