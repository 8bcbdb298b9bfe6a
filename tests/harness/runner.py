# SPDX-License-Identifier: MIT
"""Runs the system tests' scenarios on one hypervisor."""
import dataclasses
import traceback
from fnmatch import fnmatch

from .bench import Bench
from .errors import MachineDied, Skip, TestFailure


def matches(name, pattern):
    """A filter is a piece of the test's name or a shell pattern."""
    return not pattern or pattern in name or fnmatch(name, pattern)


class Runner:
    def __init__(self, hypervisor, report, thorough=False):
        self._hypervisor = hypervisor
        self._report = report
        self._thorough = thorough

    def run(self, scenario, checks):
        self._report.say(f"{self._hypervisor.name}: {scenario.name}")
        self._report.begin()
        if scenario.options is None:
            for check in checks:
                self._run_on_own_machines(scenario.test_name(check), check)
        else:
            self._run_on_shared_machine(scenario, checks)

    def _run_on_own_machines(self, name, check):
        if not self._try_on_own_machines(name, check, last=False):
            self._try_on_own_machines(name, check, last=True)

    def _try_on_own_machines(self, name, check, last):
        bench = Bench(self._hypervisor, name, self._thorough)
        try:
            before = self._report.counts()
            self._run_check(name, check, bench, bench)
            return last or self._counts(bench, before)
        finally:
            bench.close()

    def _run_on_shared_machine(self, scenario, checks):
        if not self._try_on_shared_machine(scenario, checks, last=False):
            self._try_on_shared_machine(scenario, checks, last=True)

    def _counts(self, bench, before):
        """Whether the results since `before` count. They do not, once, when the emulator was seen to have broken the machine."""
        failed = self._report.counts()[1] > before[1]
        broken = [log for log in bench.logs if failed and _emulator_failed(log)]
        if not broken:
            return True
        self._report.take_back(before)
        self._report.say(f"  note: QEMU lost a guest's state (docs/debugging.md); once again. Log: {_keep(broken[0])}")
        return False

    def _try_on_shared_machine(self, scenario, checks, last):
        bench = Bench(self._hypervisor, scenario.name, self._thorough)
        try:
            before = self._report.counts()
            self._run_all_on_shared_machine(scenario, checks, bench)
            return last or self._counts(bench, before)
        finally:
            bench.close()

    def _run_all_on_shared_machine(self, scenario, checks, bench):
        names = [scenario.test_name(check) for check in checks]
        try:
            options = dataclasses.replace(scenario.options, devices=list(scenario.options.devices))
            if scenario.prepare:
                scenario.prepare(bench, options)
            with bench.boot(options) as dom0:
                dom0.bench = bench
                while checks and self._run_check(names[0], checks[0], dom0, bench):
                    names, checks = names[1:], checks[1:]
                for name in names[1:]:
                    self._report.failure(name, "not run: the machine died in the test before", bench.logs[-1])
        except (TestFailure, OSError) as error:
            for name in names:
                self._report.failure(name, f"the machine did not come up: {error}", _last_log(bench))

    def _run_check(self, name, check, argument, bench):
        """Returns whether the machine can be used for the next check."""
        try:
            remark = check(argument)
            self._report.success(name, remark or "")
        except Skip as skip:
            self._report.skip(name, str(skip))
        except MachineDied as error:
            self._report.failure(name, str(error), _last_log(bench))
            return False
        except TestFailure as error:
            self._report.failure(name, str(error), _last_log(bench))
        except Exception:
            self._report.failure(name, traceback.format_exc(limit=-3), _last_log(bench))
        return True


def _emulator_failed(log):
    """Whether the hypervisor found its own state where a guest's must be: no guest and no fault of ours brings that about."""
    return log.exists() and b"the emulator lost the guest's state" in log.read_bytes()


def _keep(log):
    return log.rename(log.with_suffix(".lost-state.log"))


def _last_log(bench):
    return bench.logs[-1] if bench.logs else None
