# SPDX-License-Identifier: MIT
"""Linux on the 2-level form of event channels, as dom0 and as a guest; everywhere else it takes the FIFO form, its default. One
boot."""
from harness.errors import check
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.guest_commands import ask, check_all_freed, create_linux, free_memory, wait_until_gone

two_level = Scenario("two_level", MachineOptions(initrd=IMAGES / "dom0-initrd-guests.gz", kernel_options="xen.fifo_events=0"))


def check_form(messages, form):
    check(f"xen:events: Using {form} ABI" in messages, f"not {form}: {messages}")


@two_level.check
def dom0_events(dom0):
    """Timers, IPIs, the console and xenstore of dom0 come by 2-level events."""
    check_form(dom0.run("dmesg | grep xen:events"), "2-level")
    dom0.run("for i in 1 2 3 4 5 6 7 8; do xenstore-write /tool/x $i && test $(xenstore-read /tool/x) = $i && sleep 0.01; done")


@two_level.check
def linux_guests(dom0):
    """A guest with two vCPUs in each form, the backends' ends in dom0 being 2-level."""
    before = free_memory(dom0)
    for form, option in (("2-level", "xen.fifo_events=0"), ("FIFO-based", "xen.fifo_events=1")):
        create_linux(dom0, vcpus=2, cmdline=f"console=hvc0 {option}")
        check_form(ask(dom0, "linux", "dmesg | grep xen:events"), form)
        ask(dom0, "linux", "for i in 1 2 3 4; do taskset $((i % 2 + 1)) true; sleep 0.01; done; grep -c event /proc/interrupts")
        dom0.run("xl destroy linux")
        wait_until_gone(dom0, "linux")
    check_all_freed(dom0, before)
