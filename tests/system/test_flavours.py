# SPDX-License-Identifier: MIT
"""The hypervisor's other builds: ./test makes them beside the one that the other scenarios boot. dom0 comes up, its tools
answer, and it powers off."""
from harness.errors import check, check_equal
from harness.machine import MachineOptions
from harness.scenario import Scenario
from harness.settings import IMAGES
from system.xl_output import domains

flavours = Scenario("flavours", options=None)


def comes_up_and_goes(bench, flavour):
    image = IMAGES / flavour / "xenolith"
    check(image.exists(), f"no {image}: run ./build --aside with the flavour's options")
    with bench.boot(MachineOptions(image=image)) as dom0:
        check("Domain-0" in domains(dom0.run("xl list")), "xl list shows no Domain-0")
        dom0.send_without_answer("poweroff -f")
        check_equal(dom0.machine.wait_for_exit(), 0, "QEMU's exit status")


@flavours.check
def debug(bench):
    """With lock-order checks and assertions."""
    comes_up_and_goes(bench, "debug")


@flavours.check
def clang(bench):
    comes_up_and_goes(bench, "clang-release")
