# SPDX-License-Identifier: MIT
"""What tests do to guests, by Debian's tools in dom0. The guests are in /guests of dom0's larger RAM disk."""
import re
import time

from harness.errors import TestFailure, check
from harness.platform import PLATFORM
from harness.settings import scaled
from system.xl_output import domains, fields, vcpus


def free_memory(dom0):
    """MiB that belong to nobody."""
    return int(fields(dom0.run("xl info"))["free_memory"])


def create_tiny(dom0, command="idle", name="tiny", **settings):
    """Starts the guest of 4 MiB; its command line says what it does (guests/actor.cpp)."""
    create(dom0, "tiny", name, cmdline=command, **settings)


def create_linux(dom0, name="linux", patience=90, **settings):
    """Starts Debian's kernel; returns when its userland is up, at most so many seconds later."""
    boot_linux(dom0, "linux", name, patience, **{"memory": PLATFORM.linux_memory, **settings})


def boot_linux(dom0, configuration, name, patience=90, **settings):
    """Starts a guest whose userland says that it is up, and waits for that. One that QEMU's race ends on Debian's Xen (docs/debugging.md:
    on Xenolith the runner sees it) is started again, twice at most."""
    for attempt in range(3):
        faults = triple_faults(dom0)
        dom0.run(f"rm -f /var/log/xen/console/guest-{name}.log")
        create(dom0, configuration, name, **settings)
        waited = wait_for_userland(dom0, name, patience)
        if waited.status == 0:
            return
        check(triple_faults(dom0) > faults and attempt < 2, f"{name} is not up: {waited.output[-300:]}")
        dom0.try_run(f"xl destroy {name}")
        wait_until_gone(dom0, name)


def wait_for_userland(dom0, name, patience):
    """`ask --wait` waits a minute."""
    for _ in range((patience + 59) // 60):
        result = dom0.try_run(f"ask --wait {name} '^guest: up'", 120)
        if result.status == 0:
            break
    return result


def triple_faults(dom0):
    """How many guests ended so on Debian's Xen."""
    return int(dom0.run("xl dmesg | grep -c 'Triple fault - ' || true")) if dom0.bench.hypervisor.name == "xen" else 0


def create(dom0, configuration, name, **settings):
    words = "".join(f" '{key}={_value(value)}'" for key, value in {"name": name, **settings}.items())
    dom0.run(f"xl create -q /guests/{configuration}.cfg{words}", 60)


def _value(value):
    return f'"{value}"' if isinstance(value, str) else str(value).replace("'", '"')


def ask(dom0, guest, command, timeout=60):
    """Runs a command in a Linux guest; a status other than 0 fails the test."""
    return dom0.run(f"ask {guest} '{command}'", timeout)


def row(dom0, name):
    """The guest's row of `xl list`, None if there is none."""
    return domains(dom0.run("xl list")).get(name)


def vcpu_rows(dom0, name):
    return vcpus(dom0.run(f"xl vcpu-list {name}"))


def wait_until(what, condition, seconds=20):
    """Asks again and again; returns the first answer that is true."""
    deadline = time.monotonic() + scaled(seconds)
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TestFailure(f"{what}: not within {scaled(seconds):.0f} s")
        time.sleep(0.1)


def wait_until_gone(dom0, name):
    wait_until(f"{name} is gone", lambda: row(dom0, name) is None and not dying(dom0))


def dying(dom0):
    """Domains that tools list without a name: they are being taken apart."""
    return "(null)" in dom0.run("xl list")


def check_all_freed(dom0, before):
    """The memory that guests had is free again. Tools and backends let go of it a moment later."""
    wait_until(f"{before} MiB are free again", lambda: free_memory(dom0) >= before)


def said(dom0, domain, text):
    """Whether the guest with this number said it, as hypervisors show guests' lines. (Debian's Xen for arm64 does not: there test guests
    say it on their PV consoles.)"""
    lines = dom0.run("xl dmesg | tail -n 40; cat /var/log/xen/console/guest-*.log 2>/dev/null || true")
    return re.search(rf"\(d{domain}(v\d+)?\) {re.escape(text)}", lines) is not None


def cpu_shares(dom0, seconds, *names):
    """How much of one CPU each used for about so many seconds."""
    began, before = _cpu_seconds(dom0, names)
    dom0.run(f"sleep {seconds}", seconds + 30)
    ended, after = _cpu_seconds(dom0, names)
    return [(then - earlier) / (ended - began) for earlier, then in zip(before, after)]


def _cpu_seconds(dom0, names):
    """Dom0's clock and the CPU seconds of each."""
    output = dom0.run("cat /proc/uptime; xl list")
    rows = domains(output)
    check(all(name in rows for name in names), f"one of {names} is missing: {list(rows)}")
    return float(output.split()[0]), [rows[name]["seconds"] for name in names]


def counts(dom0):
    """What exists in dom0 and in the hypervisor: tests/dom0-guests/usr/bin/counts."""
    lines = dom0.run("counts", 180).splitlines()
    return {name: int(value) for name, value in (line.split() for line in lines)}


# What the hypervisor's allocators may keep half used; a page lost with each guest of a test is more.
KEPT_KIB = 64


def free_kib(dom0):
    """KiB that belong to nobody, with what the hypervisor keeps at hand for itself."""
    return counts(dom0)["free_kib"]


def check_all_kib_freed(dom0, before):
    """As check_all_freed(), but exact: the heap's spare blocks of 2 MiB are counted in."""
    wait_until(f"{before} KiB are free again", lambda: free_kib(dom0) >= before - KEPT_KIB)


def left_behind(before, now, kept_kib):
    """{name: (before, now)} of what there is more of than before, or of memory, less."""
    def grew(name):
        if name == "free_kib":
            return now[name] < before[name] - kept_kib
        return now.get(name, 0) > before.get(name, 0)
    return {name: (before.get(name), now.get(name)) for name in {*before, *now} if grew(name)}


def wait_for_counts(dom0, before, kept_kib=KEPT_KIB):
    """Everything is as it was. Tools, backends and the hypervisor let go of things a moment after a domain's end."""
    deadline = time.monotonic() + scaled(30)
    while True:
        changed = left_behind(before, counts(dom0), kept_kib)
        if not changed:
            return
        if time.monotonic() > deadline:
            running = dom0.run("for p in /proc/[0-9]*; do readlink $p/exe; done; true").split()
            raise TestFailure("left behind (name, before, now): " + ", ".join(f"{name} {was} {now}" for name, (was, now) in changed.items())
                              + f"; running: {' '.join(running)}")
        time.sleep(0.5)
