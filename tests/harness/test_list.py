# SPDX-License-Identifier: MIT
"""Reads tests/system/list and tests/vtx/list: which test runs where. See the heads of those files for their form."""
from .errors import TestFailure
from .settings import ARCH, ROOT

LIST = ROOT / "tests/system" / ("list" if ARCH == "x86_64" else f"list-{ARCH}")
LEVELS = ("default", "all", "no")


class TestList:
    """`columns` names what the words behind a test's name are for."""

    def __init__(self, path=LIST, columns=("xenolith", "xen")):
        self._path = path
        self._levels = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            if len(words) != 1 + len(columns) or not set(words[1:]) <= set(LEVELS):
                raise TestFailure(f"{path}:{number}: want NAME and {len(columns)} of {', '.join(LEVELS)}")
            self._levels[words[0]] = dict(zip(columns, words[1:]))

    def level(self, test_name, column):
        """The most exact line counts: SCENARIO.CHECK before SCENARIO. A test that is not listed is an error."""
        for name in (test_name, test_name.partition(".")[0]):
            if name in self._levels:
                return self._levels[name][column]
        if ARCH != "x86_64":  # there, only what is listed has been looked at
            return "no"
        raise TestFailure(f"{test_name} is missing in {self._path}")

    def runs(self, test_name, column, level):
        wanted = ("default",) if level == "default" else ("default", "all")
        return self.level(test_name, column) in wanted
