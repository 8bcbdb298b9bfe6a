# SPDX-License-Identifier: MIT
"""The console in both directions, and the hypervisor's own keyboard focus. One boot."""
import hashlib
import re

from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import ARCH

SWITCH = "\x01" * 3       # Ctrl-A three times moves the keyboard between dom0 and the hypervisor
# What each key must at least show.
DEBUG_KEYS = {"0": r"\bRIP:|\brip:|\bPC:", "d": r"Dumping CPU0", "e": r"Event channel information for domain 0",
              "g": r"gnttab_usage_print_all", "m": r"[Mm]emory", "q": r"General information for domain 0", "r": r"[Ss]chedul",
              "u": r"NODE0|node"}
if ARCH == "x86_64":
    DEBUG_KEYS["t"] = r"Synced stime skew|stime"  # Xen's clocks on Arm have no such report, nor has ours
console = Scenario("console", MachineOptions(cpus=1))


@console.check
def typed_text_arrives(dom0):
    """A long line arrives whole: typed in pieces, echoed, digested by dom0."""
    text = "0123456789abcdefghijklmnopqrstuvwxyz" * 20
    output = dom0.run(f"printf %s {text} | sha256sum")
    check_equal(output.split()[0], hashlib.sha256(text.encode()).hexdigest(), "digest of the typed text")


@console.check
def much_output_arrives(dom0):
    output = dom0.run("seq 1 5000", timeout=120)
    check_equal(output.split(), [str(number) for number in range(1, 5001)], "numbers printed")


@console.check
def hypervisor_focus(dom0):
    """Three Ctrl-A reach the hypervisor, where h explains the debug keys; three more give the keyboard back."""
    line = dom0.console
    line.send(SWITCH)
    line.expect(r"\(XEN\) \*\*\* Serial input to Xen", 20)
    line.send("h")
    line.expect(r"\(XEN\) 'h' pressed -> showing installed handlers", 20)
    line.send(SWITCH)
    line.expect(r"\(XEN\) \*\*\* Serial input to DOM0", 20)
    check_equal(dom0.run("echo back").strip(), "back", "echo")


@console.check
def debug_keys_report(dom0):
    """Keys that print tables neither hang nor panic the hypervisor."""
    for key, pattern in DEBUG_KEYS.items():
        dom0.run("xl dmesg -c >/dev/null")
        dom0.run(f"xl debug-keys {key}")
        output = dom0.run("xl dmesg")
        check(re.search(pattern, output), f"debug key {key} does not print {pattern!r}: {output[:200]}")
