# SPDX-License-Identifier: MIT
"""Progress lines and totals. Each layer of ./test adds its counts to one file; ./test prints their sum at the end."""
import sys
import time


class Report:
    def __init__(self, totals_path=None):
        self.passed = self.failed = self.skipped = 0
        self._totals_path = totals_path
        self._started = time.monotonic()

    def begin(self):
        self._started = time.monotonic()

    def counts(self):
        return self.passed, self.failed, self.skipped

    def take_back(self, counts):
        """What was counted since `counts` does not count."""
        self.passed, self.failed, self.skipped = counts

    def success(self, name, remark=""):
        self.passed += 1
        self._line("ok  ", name, remark)

    def failure(self, name, message, log=None):
        self.failed += 1
        self._line("FAIL", name, "")
        for line in message.strip().splitlines():
            self._say(f"         {line}")
        if log:
            self._say(f"         log: {log}")

    def skip(self, name, why):
        self.skipped += 1
        self._line("skip", name, why)

    def finish(self):
        """Writes the counts; returns the exit status for the process."""
        if self._totals_path:
            with open(self._totals_path, "a") as file:
                file.write(f"{self.passed} {self.failed} {self.skipped}\n")
        self._say(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0

    def _line(self, verdict, name, remark):
        seconds = time.monotonic() - self._started
        self._say(f"  {verdict} {name} ({seconds:.1f} s)" + (f": {remark}" if remark else ""))
        self._started = time.monotonic()

    def _say(self, text):
        print(text, flush=True)
        sys.stdout.flush()
