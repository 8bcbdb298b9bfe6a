# SPDX-License-Identifier: MIT
"""The results of a benchmark: for each row and each hypervisor its counts and times, and for our own hypervisor where they go."""
from collections import defaultdict

from figures import geometric_mean, median, ratio
from rows import KINDS, kind_of

OURS, PEER = "xenolith", "xen"
PROFILE_LENGTH = 40


class Results:
    def __init__(self):
        self.facts = {}                     # what was measured: date, versions, machine
        self.counts = defaultdict(dict)     # row -> hypervisor -> {range: instructions of one repetition}
        self.times = defaultdict(dict)      # row -> hypervisor -> [nanoseconds of one repetition, for each run]
        self.values = defaultdict(dict)     # value -> hypervisor -> number
        self.profiles = {}                  # row -> {function: instructions of one repetition}, our hypervisor only

    def add_counts(self, hypervisor, rows, symbols=None):
        for row in rows:
            self.counts[row.name][hypervisor] = {name: row.per_repetition(name) for name in row.interval.ranges}
            if symbols:
                histogram = symbols.histogram(row.interval.addresses).most_common(PROFILE_LENGTH)
                self.profiles[row.name] = {name: count / row.repetitions for name, count in histogram}

    def add_times(self, hypervisor, rows):
        for row in rows:
            self.times[row.name].setdefault(hypervisor, []).append(row.time())

    def add_values(self, hypervisor, values):
        for name, value in values.items():
            self.values[name][hypervisor] = value

    def names(self):
        """All rows, those that are known in their usual order."""
        found = set(self.counts) | set(self.times)
        return [name for name in KINDS if name in found] + sorted(found - set(KINDS))

    def instructions(self, name, hypervisor):
        """Of the hypervisor, in one repetition; None when it was not counted."""
        counts = self.counts.get(name, {}).get(hypervisor)
        return counts["hypervisor"] if counts else None

    def time(self, name, hypervisor):
        times = self.times.get(name, {}).get(hypervisor)
        return median(times) if times else None

    def ratio_of(self, name):
        return ratio(self.instructions(name, OURS), self.instructions(name, PEER))

    def time_ratio_of(self, name):
        return ratio(self.time(name, OURS), self.time(name, PEER))

    def meets_aim(self, name):
        """None when there is no ratio."""
        value = self.ratio_of(name)
        return None if value is None else value <= kind_of(name).aim

    def mean_ratio(self):
        return geometric_mean(self.ratio_of(name) for name in self.names())

    def to_json(self):
        return {"facts": self.facts, "counts": dict(self.counts), "times": dict(self.times), "values": dict(self.values),
                "profiles": self.profiles}

    @classmethod
    def from_json(cls, data):
        results = cls()
        results.facts, results.profiles = data["facts"], data["profiles"]
        for name in ("counts", "times", "values"):
            getattr(results, name).update(data[name])
        return results
