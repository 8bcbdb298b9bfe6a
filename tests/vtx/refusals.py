# SPDX-License-Identifier: MIT
"""Processors on which no guest can run: the boot log says which features are missing, and no domain is started."""
import traceback

from harness.bochs import BochsMachine, small_options
from harness.errors import TestFailure, check
from harness.hypervisor import XENOLITH
from harness.settings import LOGS

TIMEOUT = 120
LACKS = {                                    # as the log has it
    "penryn": ["EPT", "unrestricted guest"],
    "lynnfield": ["unrestricted guest"],
}
NAMED = "VMX: this processor has no "


def run_refusal(processor, guest, report):
    name = f"{processor.name}.refusal"
    log = LOGS / f"vtx.{name}.log"
    try:
        with BochsMachine(XENOLITH, processor, small_options(cpus=1, kernel=guest, xen_options="noreboot"), log) as machine:
            machine.console.fatal_expected = True
            machine.console.expect("no hardware virtualisation: the PVH dom0 cannot run", TIMEOUT)
            text = machine.console.text
        missing = [line.partition(NAMED)[2].strip() for line in text.splitlines() if NAMED in line]
        for feature in LACKS[processor.name]:
            check(feature in missing, f"the log does not name '{feature}', but {missing}")
        check("Success:" not in text, "a guest ran all the same")
        report.success(name)
    except TestFailure as error:
        report.failure(name, str(error), log)
    except Exception:
        report.failure(name, traceback.format_exc(limit=-3), log)
