# SPDX-License-Identifier: MIT
"""Reads what a test guest said on the console."""
import re

LINE = re.compile(r"^(?:\(XEN\) )?(?:\[?d0v?\d*\]? )?(Success|Skip|Failure|Error): *(.*)$", re.MULTILINE)


class GuestReport:
    def __init__(self):
        self.lines = []          # (verdict, rest)

    def read(self, text):
        self.lines = LINE.findall(text)

    def tell(self, guest, report, trouble, log, prefix=""):
        """Adds each check to the report, with `prefix` before its name. Trouble (a panic, a hang), an error or no line at all is one failure more."""
        for verdict, rest in self.lines:
            name, _, why = rest.partition(": ")
            if verdict == "Success":
                report.success(f"{prefix}guest.{guest}.{name}")
            elif verdict == "Skip":
                report.skip(f"{prefix}guest.{guest}.{name}", why)
            elif verdict == "Failure":
                report.failure(f"{prefix}guest.{guest}.{name}", why or "failed", log)
            else:
                report.failure(f"{prefix}guest.{guest}", rest, log)
        if trouble:
            report.failure(f"{prefix}guest.{guest}", trouble, log)
        elif not self.lines:
            report.failure(f"{prefix}guest.{guest}", "the guest reported nothing", log)
