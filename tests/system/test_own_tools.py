# SPDX-License-Identifier: MIT
"""The checks of test_guests.py with the project's own xl, xenstored and xenconsoled, in place of Debian's, in dom0. On Xenolith that
is the product; on Debian's Xen it proves that the tools keep to the public interface."""
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.test_guests import guests

own_tools = Scenario("own_tools", MachineOptions(initrd=IMAGES / "dom0-initrd-own.gz", xen_options="guest_loglvl=all"))
for function in guests.checks:
    own_tools.check(function)
