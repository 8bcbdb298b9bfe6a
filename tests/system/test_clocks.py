# SPDX-License-Identifier: MIT
"""Each timer that system time can be measured by. A boot with each; dom0's clock then agrees with the machine's own clock chip."""
from harness.errors import check
from harness.machine import MachineOptions
from harness.scenario import Scenario

clocks = Scenario("clocks", options=None)


def keeps_time(bench, timer, options):
    with bench.boot(options) as dom0:
        said = dom0.run("xl dmesg | grep 'Platform timer'")
        check(timer in said, f"the hypervisor measures time by another timer: {said}")
        dom0.run("sleep 5")
        chip = float(dom0.run("date -d \"$(cat /sys/class/rtc/rtc0/date) $(cat /sys/class/rtc/rtc0/time)\" +%s"))
        ours = float(dom0.run("date +%s"))
        check(abs(chip - ours) <= 3, f"dom0's clock is {ours - chip:.0f} s off the clock chip")


@clocks.check
def without_hpet(bench):
    """A machine that has no HPET: the ACPI timer is taken."""
    keeps_time(bench, "ACPI", MachineOptions(devices=["-no-hpet"]))


@clocks.check
def acpi_timer(bench):
    keeps_time(bench, "ACPI", MachineOptions(xen_options="clocksource=acpi"))


@clocks.check
def interval_timer(bench):
    keeps_time(bench, "PIT", MachineOptions(xen_options="clocksource=pit"))
