#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs system tests: whole machines with a Debian dom0, in QEMU. ./test calls it; it may be called alone after ./build."""
import argparse
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from harness import arch_argument  # noqa: E402
from harness.errors import TestFailure  # noqa: E402
from harness.hypervisor import BY_NAME  # noqa: E402
from harness.report import Report  # noqa: E402
from harness.runner import Runner, matches  # noqa: E402
from harness.scenario import SCENARIOS  # noqa: E402
from harness.settings import LOGS  # noqa: E402
from harness.test_list import TestList  # noqa: E402
from harness.workers import run_side_by_side  # noqa: E402


def import_tests():
    for path in sorted((Path(__file__).parent / "system").glob("test_*.py")):
        importlib.import_module(f"system.{path.stem}")


def select(options):
    """[(scenario, its checks to run)]"""
    listed, chosen = TestList(), []
    for scenario in SCENARIOS.values():
        checks = [check for check in scenario.checks
                  if matches(scenario.test_name(check), options.filter)
                  and (options.every or listed.runs(scenario.test_name(check), options.hypervisor, options.level))]
        if checks:
            chosen.append((scenario, checks))
    return chosen


def print_list():
    listed = TestList()
    print(f"{'test':48} {'xenolith':10} xen")
    for scenario in SCENARIOS.values():
        for check in scenario.checks:
            name = scenario.test_name(check)
            print(f"{name:48} {listed.level(name, 'xenolith'):10} {listed.level(name, 'xen')}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypervisor", choices=sorted(BY_NAME), default="xenolith", help="xen is the peer, Debian's (%(default)s)")
    arch_argument.add_to(parser)
    parser.add_argument("--level", choices=("default", "all"), default="default", help="how much of tests/system/list (%(default)s)")
    parser.add_argument("--every", action="store_true", help="also tests that the list says no to")
    parser.add_argument("--filter", default="", help="only tests whose name contains this or matches this pattern")
    parser.add_argument("--jobs", type=int, help="machines at a time (one for each processor)")
    parser.add_argument("--list", action="store_true", help="print what there is and stop")
    parser.add_argument("--totals", help="append the counts to this file")
    options = parser.parse_args()
    import_tests()
    if options.list:
        print_list()
        return 0
    hypervisor = BY_NAME[options.hypervisor]
    report = Report(options.totals)
    chosen = select(options)
    if chosen and not hypervisor.exists():
        print(f"there is no {hypervisor.image} to boot; run ./build")
        return 1
    if not chosen:
        print(f"no system test is listed for {hypervisor.name} at level {options.level}"
              + (f" with filter {options.filter}" if options.filter else ""))
    LOGS.mkdir(parents=True, exist_ok=True)
    run_side_by_side(jobs(chosen, hypervisor, options.level == "all"), report, options.jobs)
    return report.finish()


def jobs(chosen, hypervisor, thorough):
    """A job for each machine that is shared, and for each check that starts its own; those with most checks first."""
    parts = [(scenario, part) for scenario, checks in chosen
             for part in ([checks] if scenario.options else [[check] for check in checks])]
    parts.sort(key=lambda part: -len(part[1]))
    return [(scenario.name, lambda report, scenario=scenario, checks=checks: Runner(hypervisor, report, thorough).run(scenario, checks))
            for scenario, checks in parts]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except TestFailure as error:
        sys.exit(f"run_system: {error}")
