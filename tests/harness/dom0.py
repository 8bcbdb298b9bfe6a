# SPDX-License-Identifier: MIT
"""A booted dom0 and running commands in it."""
import re
from dataclasses import dataclass

from .errors import check

BOOT_TIMEOUT = 150
READY = r"^dom0: up after ([0-9.]+) s, Xen tools (\w+)\n"


@dataclass(frozen=True)
class CommandResult:
    status: int
    output: str

    def lines(self):
        return self.output.splitlines()


class Dom0:
    """Commands go to the agent in the initrd, one line each; see tests/dom0/usr/bin/agent for the protocol."""

    def __init__(self, machine):
        self.machine = machine
        self.console = machine.console
        self._number = 0
        self.uptime_at_start = None      # dom0's uptime when its userland was ready, in seconds

    def wait_until_up(self, timeout=BOOT_TIMEOUT):
        """Waits for userland with the Xen tools running."""
        match = self.console.expect(READY, timeout)
        check(match.group(2) == "ready", "dom0's Xen tools did not start")
        self.console.expect(r"^@@AGENT", 20)
        self.uptime_at_start = float(match.group(1))

    def try_run(self, command, timeout=60):
        """Runs a shell command; returns its exit status and its output, both streams together."""
        self._number += 1
        self.console.type(f"{self._number} {command}\n")
        start = self.console.position
        match = self.console.expect(rf"^@@END {self._number} (\d+)\n", timeout)
        return CommandResult(int(match.group(1)), _agent_lines(self.console.text[start:match.start()]))

    def run(self, command, timeout=60):
        """Like try_run, but a non-zero exit status fails the test. Returns the output."""
        result = self.try_run(command, timeout)
        check(result.status == 0, f"'{command}' ended with status {result.status}: {result.output.strip()[-400:]}")
        return result.output

    def send_without_answer(self, command):
        """For commands that end the machine."""
        self._number += 1
        self.console.type(f"{self._number} {command}\n")


def _agent_lines(text):
    return "".join(line + "\n" for line in re.findall(r"^\| ?(.*)$", text, re.MULTILINE))
