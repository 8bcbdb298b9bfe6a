#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boots every test guest as the only domain (dom0) of the hypervisor and counts what it reports. A guest prints one line for each
check, "Success: NAME", "Skip: NAME: WHY", "Failure: NAME: WHY" or "Error: WHY", and then powers the machine off."""
import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import arch_argument  # noqa: E402
from harness.guest_report import GuestReport  # noqa: E402
from harness.errors import TestFailure  # noqa: E402
from harness.hypervisor import XENOLITH  # noqa: E402
from harness.machine import Machine, MachineOptions  # noqa: E402
from harness.report import Report  # noqa: E402
from harness.runner import matches  # noqa: E402
from harness.settings import IMAGES, LOGS  # noqa: E402

TIMEOUT = 90


def run_guest(guest, report):
    report.say(f"guest {guest.name}")
    log = LOGS / f"guest.{guest.name}.log"
    options = MachineOptions(kernel=guest, initrd=None, dom0_memory="256M", memory="1024M")
    result = GuestReport()
    trouble = None
    try:
        with Machine(XENOLITH, options, log) as machine:
            console = machine.console
            try:
                if not console.drain_until_fatal_or_closed(TIMEOUT):
                    trouble = "the guest did not end in time"
                trouble = console.fatal_text() or trouble
                if "Hardware Dom0 crashed" in console.text:
                    trouble = trouble or "the guest crashed"
            finally:
                result.read(console.text)
    except TestFailure as error:
        trouble = str(error)
    result.tell(guest.name, report, trouble, log)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    arch_argument.add_to(parser)
    parser.add_argument("--filter", default="", help="only guests whose name contains this or matches this pattern")
    parser.add_argument("--totals", help="append the counts to this file")
    options = parser.parse_args()
    report = Report(options.totals)
    guests = [path for path in sorted((IMAGES / "guests").glob("*")) if path.is_file() and matches(path.name, options.filter)]
    if not guests:
        print("no test guest is built" + (f" that matches {options.filter}" if options.filter else ""))
    elif not XENOLITH.exists():
        print("the hypervisor makes no image yet, so that no test guest is booted")
        guests = []
    LOGS.mkdir(parents=True, exist_ok=True)
    # One after the other on all processors: guests whose vCPUs spin for each other would wait for each other's turns on one.
    for guest in guests:
        report.begin()
        run_guest(guest, report)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
