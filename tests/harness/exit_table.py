# SPDX-License-Identifier: MIT
"""How often guests leave while dom0 boots: one row for each reason, one column for each processor and boot."""
import re

from .errors import check


class ExitTable:
    def __init__(self):
        self._columns = {}       # name -> {reason: count}

    def add(self, column, dom0):
        """Asks the hypervisor by debug key p."""
        dom0.run("xl debug-keys p")
        counts = dict(re.findall(r"exits (\w+): (\d+)", dom0.run("xl dmesg | grep exits")))
        check(counts, "debug key p prints no exits")
        self._columns[column] = {reason: int(count) for reason, count in counts.items()}

    def lines(self):
        """With the sums in the last row; none if no dom0 booted."""
        if not self._columns:
            return []
        reasons = sorted({reason for counts in self._columns.values() for reason in counts})
        rows = [(f"exits: {reason}", [counts.get(reason, 0) for counts in self._columns.values()]) for reason in reasons]
        rows.append(("exits in all", [sum(counts.values()) for counts in self._columns.values()]))
        return [_line("until dom0 is up", self._columns)] + [_line(name, values) for name, values in rows]


def _line(name, values):
    return f"{name:52}" + "".join(f"{value!s:24}" for value in values)
