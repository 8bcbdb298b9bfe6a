# SPDX-License-Identifier: MIT
"""A test guest as the only domain of the hypervisor, on one of Bochs's processors."""
from harness.bochs import BochsMachine, small_options
from harness.errors import TestFailure
from harness.guest_report import GuestReport
from harness.hypervisor import XENOLITH
from harness.settings import LOGS

TIMEOUT = 240


class Differences:
    """Checks that a processor of Bochs is known to fail; see the head of tests/vtx/differences."""

    def __init__(self, path):
        self._why = {}
        for line in path.read_text().splitlines():
            words = line.split(maxsplit=2)
            if words and not words[0].startswith("#"):
                self._why[words[0], words[1]] = words[2]

    def why(self, check, model):
        return self._why.get((check, model))


def run_guest(processor, guest, report, comparison, differences, lock):
    name = f"{processor.name}.guest.{guest.name}"
    log = LOGS / f"vtx.{name}.log"
    result = GuestReport()
    trouble = None
    try:
        with BochsMachine(XENOLITH, processor, small_options(kernel=guest), log) as machine:
            try:
                trouble = wait_for_end(machine.console)
            finally:
                result.read(machine.console.text)
    except TestFailure as error:
        trouble = str(error)
    result.lines = judge(result.lines, guest.name, processor.name, differences)
    with lock:
        comparison.add(processor.name, guest.name, result.lines)
    result.tell(guest.name, report, trouble, log, prefix=f"{processor.name}.")


def wait_for_end(console):
    """None, or what went wrong."""
    if not console.drain_until_fatal_or_closed(TIMEOUT):
        return "the guest did not end in time"
    if console.fatal_text():
        return console.fatal_text()
    return "the guest crashed" if "Hardware Dom0 crashed" in console.text else None


def judge(lines, guest, model, differences):
    """What is known to differ is skipped when it fails and fails when it succeeds."""
    return [judge_line(line, guest, model, differences) for line in lines]


def judge_line(line, guest, model, differences):
    verdict, rest = line
    check = rest.partition(": ")[0]
    why = differences.why(f"{guest}.{check}", model)
    if not why:
        return line
    if verdict == "Failure":
        return "Skip", f"{check}: {why}"
    return ("Failure", f"{check}: tests/vtx/differences says that it fails") if verdict == "Success" else line
