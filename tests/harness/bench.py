# SPDX-License-Identifier: MIT
"""What a check that starts its own machines works with."""
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from .dom0 import Dom0
from .machine import Machine
from .settings import LOGS


class Bench:
    def __init__(self, hypervisor, test_name, thorough):
        self.hypervisor = hypervisor
        self.thorough = thorough          # ./test all: sizes that take minutes
        self._test_name = test_name
        self._count = 0
        self.logs = []
        self.folder = Path(tempfile.mkdtemp(prefix="xenolith-bench-"))

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, options):
        """Starts a machine; the caller uses it in a with statement."""
        self._count += 1
        suffix = f"-{self._count}" if self._count > 1 else ""
        log = LOGS / f"{self.hypervisor.name}.{self._test_name}{suffix}.log"
        self.logs.append(log)
        return Machine(self.hypervisor, options, log)

    @contextmanager
    def boot(self, options):
        """Starts a machine and waits for dom0's userland."""
        with self.start(options) as machine:
            dom0 = Dom0(machine)
            dom0.wait_until_up()
            yield dom0
