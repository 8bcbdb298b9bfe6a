# SPDX-License-Identifier: MIT
"""Progress lines and totals. Each layer of ./test adds its counts to one file; ./test prints their sum at the end."""
import time


class Report:
    """With `held`, what is said waits until another report adopts it: jobs that run side by side do not mix their lines."""

    def __init__(self, totals_path=None, held=False):
        self.passed = self.failed = self.skipped = 0
        self._totals_path = totals_path
        self._held = [] if held else None
        self._started = time.monotonic()

    def begin(self):
        self._started = time.monotonic()

    def counts(self):
        return self.passed, self.failed, self.skipped

    def take_back(self, counts):
        """What was counted since `counts` does not count."""
        self.passed, self.failed, self.skipped = counts

    def adopt(self, part):
        """Says what a held report has kept, and counts with it."""
        self.passed += part.passed
        self.failed += part.failed
        self.skipped += part.skipped
        for text in part._held:
            self.say(text)

    def success(self, name, remark=""):
        self.passed += 1
        self._line("ok  ", name, remark)

    def failure(self, name, message, log=None):
        self.failed += 1
        self._line("FAIL", name, "")
        for line in message.strip().splitlines():
            self.say(f"         {line}")
        if log:
            self.say(f"         log: {log}")

    def skip(self, name, why):
        self.skipped += 1
        self._line("skip", name, why)

    def finish(self):
        """Writes the counts; returns the exit status for the process."""
        if self._totals_path:
            with open(self._totals_path, "a") as file:
                file.write(f"{self.passed} {self.failed} {self.skipped}\n")
        self.say(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        return 1 if self.failed else 0

    def _line(self, verdict, name, remark):
        seconds = time.monotonic() - self._started
        self.say(f"  {verdict} {name} ({seconds:.1f} s)" + (f": {remark}" if remark else ""))
        self._started = time.monotonic()

    def say(self, text):
        if self._held is not None:
            self._held.append(text)
        else:
            print(text, flush=True)
