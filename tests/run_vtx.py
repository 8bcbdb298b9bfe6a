#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Boots the test guests and a Debian dom0 on processors that QEMU does not emulate, in Bochs: AMD's SVM with its optional parts, and
Intel's VMX. tests/vtx/list says what runs where. Prints how the processors differ, check by check; the whole table is in
out/test-logs/vtx.table."""
import argparse
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import arch_argument  # noqa: E402
from harness.bochs import PROCESSORS, REFUSED  # noqa: E402
from harness.comparison import Comparison  # noqa: E402
from harness.errors import TestFailure  # noqa: E402
from harness.exit_table import ExitTable  # noqa: E402
from harness.hypervisor import XENOLITH  # noqa: E402
from harness.report import Report  # noqa: E402
from harness.runner import matches  # noqa: E402
from harness.settings import IMAGES, LOGS  # noqa: E402
from harness.test_list import TestList  # noqa: E402
from harness.workers import run_side_by_side  # noqa: E402
from vtx.dom0_boots import BOOTS, run_boot  # noqa: E402
from vtx.guest_runs import Differences, judge, run_guest  # noqa: E402
from vtx.refusals import run_refusal  # noqa: E402

FOLDER = Path(__file__).resolve().parent / "vtx"


def jobs(options, comparison, exits):
    """[(name, function)], the longest first."""
    listed = test_list()
    differences = Differences(FOLDER / "differences")
    lock = threading.Lock()
    found = []
    for processor in PROCESSORS:
        if options.processor not in (None, processor.name):
            continue
        for boot in BOOTS:
            name = f"dom0.{boot.__name__}"
            if wanted(listed, name, processor, options):
                found.append((name, lambda report, boot=boot, processor=processor: run_boot(processor, boot, report, exits)))
        for guest in test_guests():
            if wanted(listed, f"guest.{guest.name}", processor, options):
                found.append((guest.name, lambda report, guest=guest, processor=processor:
                              run_guest(processor, guest, report, comparison, differences, lock)))
    return found + refusals(listed, options)


def test_list():
    return TestList(FOLDER / "list", tuple(processor.name for processor in PROCESSORS + REFUSED))


def refusals(listed, options):
    guest = IMAGES / "guests/hypercalls"
    return [(f"{processor.name}.refusal", lambda report, processor=processor: run_refusal(processor, guest, report))
            for processor in REFUSED
            if options.processor in (None, processor.name) and wanted(listed, "refusal", processor, options)]


def add_earlier(comparison, options):
    """The guests that this run will not start."""
    listed, differences = test_list(), Differences(FOLDER / "differences")
    for processor in PROCESSORS:
        left = [guest for guest in test_guests() if options.processor not in (None, processor.name) or
                not wanted(listed, f"guest.{guest.name}", processor, options)]
        comparison.add_earlier(processor.name, left, f"vtx.{processor.name}.guest",
                               lambda lines, guest, name=processor.name: judge(lines, guest, name, differences))


def wanted(listed, name, processor, options):
    is_listed = options.every or listed.runs(name, processor.name, options.level)
    return is_listed and matches(f"{processor.name}.{name}", options.filter)


def test_guests():
    return [path for path in sorted((IMAGES / "guests").glob("*")) if path.is_file()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    arch_argument.add_to(parser)
    parser.add_argument("--processor", choices=[processor.name for processor in PROCESSORS + REFUSED], help="only on this one")
    parser.add_argument("--level", choices=("default", "all"), default="default", help="how much of tests/vtx/list (%(default)s)")
    parser.add_argument("--every", action="store_true", help="also what the list says no to")
    parser.add_argument("--filter", default="", help="only PROCESSOR.TEST that contains this or matches this pattern")
    parser.add_argument("--jobs", type=int, help="machines at a time (one for each processor)")
    parser.add_argument("--totals", help="append the counts to this file")
    options = parser.parse_args()
    report, comparison, exits = Report(options.totals), Comparison(), ExitTable()
    if not XENOLITH.exists():
        print(f"there is no {XENOLITH.image} to boot; run ./build")
        return 1
    LOGS.mkdir(parents=True, exist_ok=True)
    comparison.add_earlier("qemu", test_guests(), "guest")
    add_earlier(comparison, options)
    run_side_by_side(jobs(options, comparison, exits), report, options.jobs)
    comparison.write(LOGS / "vtx.table", exits.lines())
    for column, counts in comparison.counts():
        report.say(f"{column}: " + ", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    for line in comparison.differing() + exits.lines():
        report.say(line)
    return report.finish()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TestFailure as error:
        sys.exit(f"run_vtx: {error}")
