# SPDX-License-Identifier: MIT
"""Tests that share one boot. A scenario is a machine and the checks made on it, in order; each check is one test."""
from .machine import MachineOptions

SCENARIOS = {}


class Scenario:
    """With `options`, one machine is booted to dom0's userland and each check is called with its Dom0. With options=None each
    check is called with a Bench and starts the machines it wants. `prepare` gets the options and a temporary folder
    before the start, for disks and the like."""

    def __init__(self, name, options=MachineOptions(), prepare=None):
        self.name = name
        self.options = options
        self.prepare = prepare
        self.checks = []
        assert name not in SCENARIOS
        SCENARIOS[name] = self

    def check(self, function):
        """Decorator: adds a check. Its name in reports is SCENARIO.FUNCTION, its docstring says what it proves."""
        self.checks.append(function)
        return function

    def test_name(self, function):
        return f"{self.name}.{function.__name__}"
