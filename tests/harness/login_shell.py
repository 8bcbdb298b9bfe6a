# SPDX-License-Identifier: MIT
"""A shell that a person would type at: the root login on an installed dom0's console."""
import re

from .dom0 import CommandResult
from .errors import check

PROMPT = r"root@dom0:\S*# "


class LoginShell:
    def __init__(self, console):
        self.console = console
        self._number = 0

    def wait_until_up(self, timeout=180):
        """Waits for the prompt; afterwards the console has only the echo, the output and what the kernel says."""
        self.console.expect(PROMPT, timeout)
        self._number = 0
        self.run("PS1= ; bind 'set enable-bracketed-paste off'; dmesg -n 1; stty columns 500")

    def try_run(self, command, timeout=60):
        """Runs a shell command; returns its exit status and its output, both streams together."""
        self._number += 1
        # Quotes keep the echo of the command from looking like its end.
        self.console.type(f"{{ {command}; }} 2>&1; echo @@\"\"END {self._number} $?\n")
        start = self.console.position
        match = self.console.expect(rf"@@END {self._number} (\d+)\n", timeout)
        echo, _, output = self.console.text[start:match.start()].partition(f'END {self._number} $?')
        return CommandResult(int(match.group(1)), re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", output.lstrip("\n")))

    def run(self, command, timeout=60):
        """Like try_run, but a non-zero exit status fails the test. Returns the output."""
        result = self.try_run(command, timeout)
        check(result.status == 0, f"'{command}' ended with status {result.status}: {result.output.strip()[-400:]}")
        return result.output
