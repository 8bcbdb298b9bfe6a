# SPDX-License-Identifier: MIT
"""Reads tests/system/list: which test runs where. See the head of that file for its form."""
from .errors import TestFailure
from .settings import ARCH, ROOT

LIST = ROOT / "tests/system" / ("list" if ARCH == "x86_64" else f"list-{ARCH}")
LEVELS = ("default", "all", "no")


class TestList:
    def __init__(self, path=LIST):
        self._levels = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = line.partition("#")[0].split()
            if not words:
                continue
            if len(words) != 3 or words[1] not in LEVELS or words[2] not in LEVELS:
                raise TestFailure(f"{path}:{number}: want NAME and two of {', '.join(LEVELS)}")
            self._levels[words[0]] = {"xenolith": words[1], "xen": words[2]}

    def level(self, test_name, hypervisor_name):
        """The most exact line counts: SCENARIO.CHECK before SCENARIO. A test that is not listed is an error."""
        for name in (test_name, test_name.partition(".")[0]):
            if name in self._levels:
                return self._levels[name][hypervisor_name]
        if ARCH != "x86_64":  # there, only what is listed has been looked at
            return "no"
        raise TestFailure(f"{test_name} is missing in {LIST}")

    def runs(self, test_name, hypervisor_name, level):
        wanted = ("default",) if level == "default" else ("default", "all")
        return self.level(test_name, hypervisor_name) in wanted
