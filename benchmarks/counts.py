# SPDX-License-Identifier: MIT
"""What one run gave: rows from the console, instruction counts from the plugin, and both together."""
import re
from collections import Counter
from dataclasses import dataclass, field

ROW = re.compile(r"\bRow: (\w+) (\d+) (\d+)\s*$", re.MULTILINE)
VALUE = re.compile(r"\bValue: (\w+) (\d+)\s*$", re.MULTILINE)


@dataclass
class Interval:
    """What the plugin counted between two marks: instructions by range (benchmarks/plugin/counters.hpp), and for each
    instruction of the hypervisor how often it was executed."""
    name: str
    ranges: dict
    addresses: Counter = field(default_factory=Counter)


@dataclass
class Row:
    name: str
    repetitions: int
    nanoseconds: int
    interval: Interval = None

    def per_repetition(self, range_name):
        return self.interval.ranges[range_name] / self.repetitions

    def time(self):
        return self.nanoseconds / self.repetitions


def read_intervals(lines):
    """The plugin's file as a list of Interval, in its order."""
    intervals = []
    for line in lines:
        words = line.split()
        if words[0] == "interval":
            pairs = zip(words[2::2], words[3::2])
            intervals.append(Interval(words[1], {name: int(count) for name, count in pairs}))
        elif words[0] == "at":
            intervals[-1].addresses[int(words[1], 16)] += int(words[2])
    return intervals


def read_rows(text):
    return [Row(name, int(count), int(time)) for name, count, time in ROW.findall(text)]


def read_values(text):
    return {name: int(value) for name, value in VALUE.findall(text)}


def join(rows, intervals, skip):
    """Gives each row its interval. The n-th row on the console is the n-th interval after the first `skip` marked ones."""
    marked = [interval for interval in intervals if interval.name.isdigit()][skip:]
    if len(marked) < len(rows):
        raise ValueError(f"{len(rows)} rows on the console, but {len(marked)} intervals were counted")
    for row, interval in zip(rows, marked):
        row.interval = interval
    return rows


def boot_interval(intervals):
    return next((interval for interval in intervals if interval.name == "boot"), None)
