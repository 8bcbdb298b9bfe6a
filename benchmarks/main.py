#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures rows on both hypervisors and tells them; ./bench has the manual."""
import argparse
import json
import subprocess
import sys
import time

import counts
from loads import BOOT, MANY_CHANNELS, THOUSAND, guest_load, linux_load
from page import page
from results import OURS, PEER, Results
from rows import DOM0_ROWS, GUEST_ROWS, matching
from runs import RESULTS, SYMBOLS, RunFailure, run
from symbols import symbols_of
from table import profile_text, text_table
from target import ROOT, TARGET

MEBIBYTE = 1 << 20
TIMED_PATIENCE, GUEST_PATIENCE, LINUX_PATIENCE, LONG_PATIENCE = 200, 400, 900, 1500


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


class Benchmark:
    def __init__(self, options):
        self.options = options
        self.results = Results()
        self.symbols = symbols_of(SYMBOLS)
        self.failures = 0

    def hypervisors(self):
        return (OURS,) if self.options.only_ours else (OURS, PEER)

    def measure(self, load, counted, patience, use, hypervisors=None):
        """Runs the load on each hypervisor and gives `use` what came of it. A machine that fails is told and left out."""
        for hypervisor in hypervisors or self.hypervisors():
            say(f"{load.name} on {hypervisor}, {'counted on 1 CPU' if counted else 'timed on 2 CPUs'}")
            started = time.monotonic()
            try:
                text, intervals = run(hypervisor, load, counted, patience)
                use(hypervisor, text, intervals)
            except (RunFailure, ValueError) as error:
                self.failures += 1
                say(f"FAILED: {error}")
                continue
            if "Rows are complete" not in text:
                self.failures += 1
                say(f"not complete: {complaint(text)}")
            say(f"  {time.monotonic() - started:.0f} s")

    def add_counted(self, hypervisor, text, intervals, boot_name, skip):
        rows = counts.join(counts.read_rows(text), intervals, skip)
        boot = counts.boot_interval(intervals)
        if boot and boot_name:
            # Before it pages, the hypervisor runs where images are.
            boot.ranges["hypervisor"] += boot.ranges["image"]
            rows.insert(0, counts.Row(boot_name, 1, 0, boot))
        start = next((interval for interval in intervals if interval.name == "start"), None)
        if start and boot_name == "boot_linux":
            rows.insert(1, counts.Row("dom0_to_userland", 1, 0, start))
        self.results.add_counts(hypervisor, rows, self.symbols if hypervisor == OURS else None)

    def guest_rows(self, kinds):
        names = None if not self.options.filter else [kind.name for kind in kinds if kind.name != BOOT]
        load = guest_load(names if names != [] else ["none"])
        wanted = {kind.name for kind in kinds}

        def use(hypervisor, text, intervals):
            self.add_counted(hypervisor, text, intervals, BOOT if BOOT in wanted else None, skip=1)
            self.add_values(hypervisor, text, load)

        def use_times(hypervisor, text, _):
            self.results.add_times(hypervisor, counts.read_rows(text))

        self.measure(load, True, GUEST_PATIENCE, use)
        for _ in range(self.options.repeat if names != [] else 0):
            self.measure(load, False, TIMED_PATIENCE, use_times)

    def special_rows(self, name, kinds, hypervisors=None):
        load = guest_load([kind.name for kind in kinds], name)
        self.measure(load, True, LONG_PATIENCE,
                     lambda hypervisor, text, intervals: self.add_counted(hypervisor, text, intervals, None, skip=1), hypervisors)

    def linux_rows(self):
        load = linux_load()
        self.measure(load, True, LINUX_PATIENCE,
                     lambda hypervisor, text, intervals: self.add_counted(hypervisor, text, intervals, "boot_linux", skip=0))

    def add_values(self, hypervisor, text, load):
        values = counts.read_values(text)
        if free := values.pop("free_bytes", None):
            values["hypervisor_bytes"] = (load.memory - load.dom0_memory) * MEBIBYTE - free
        self.results.add_values(hypervisor, values)

    def run(self):
        guest = matching(known(GUEST_ROWS), self.options.filter)
        thousand = [kind for kind in guest if kind.name.endswith(THOUSAND)]
        channels = [kind for kind in guest if kind.name.endswith(MANY_CHANNELS)]
        few = [kind for kind in guest if kind not in thousand + channels]
        if few:
            self.guest_rows(few)
        if thousand and (self.options.full or self.options.filter):
            self.special_rows("thousand", thousand)
        if channels and not self.options.quick:
            self.special_rows("channels", channels, (OURS,))    # see "channels" in guests/bench/row.hpp
        if matching(DOM0_ROWS, self.options.filter) and not self.options.quick:
            self.linux_rows()


def known(kinds):
    """Those of this architecture."""
    return [kind for kind in kinds if kind.name not in TARGET.missing_rows]


def complaint(text):
    """The line of the console that says why a run ended early."""
    lines = [line for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "Error:" in line or "Failure:" in line or "Panic" in line]
    return (telling or lines or ["nothing on the console"])[-1].strip()


def facts():
    emulator = subprocess.run([TARGET.emulator, "--version"], capture_output=True, text=True).stdout.splitlines()
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    return {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "commit": commit or "unknown",
            "emulator": emulator[0] if emulator else "unknown", "peer": TARGET.peer}


def write(results, name):
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(results.to_json(), indent=1) + "\n")
    (RESULTS / f"{name}.html").write_text(page(results))
    (RESULTS / f"{name}.txt").write_text(text_table(results) + "\n")


def parse(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("--filter", default="")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--repeat", type=int)
    parser.add_argument("--profile")
    parser.add_argument("--only-ours", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(arguments)
    if options.repeat is None:
        options.repeat = 0 if options.quick or options.filter or options.profile else 3
    if options.profile:
        options.filter, options.only_ours = options.profile, True
    return options


def main():
    options = parse(sys.argv[1:])
    if options.list:
        for kind in known(GUEST_ROWS + DOM0_ROWS):
            print(f"{kind.name:40} {kind.title}; aim: {kind.aim} of Xen's")
        return 0
    if not matching(GUEST_ROWS + DOM0_ROWS, options.filter):
        sys.exit(f"error: no row matches '{options.filter}' (see --list)")
    benchmark = Benchmark(options)
    benchmark.results.facts = facts()
    benchmark.run()
    results, name = benchmark.results, "filtered" if options.filter else "quick" if options.quick else "result"
    write(results, name)
    if options.profile:
        print("\n\n".join(profile_text(results, row) for row in results.names()))
    else:
        print(text_table(results))
    say(f"{RESULTS}/{name}.json, .html and .txt")
    return 1 if benchmark.failures else 0


if __name__ == "__main__":
    sys.exit(main())
