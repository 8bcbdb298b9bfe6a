# SPDX-License-Identifier: MIT
"""How a test ends early."""


class TestFailure(Exception):
    """The system under test did something wrong; the message says what."""


class MachineDied(TestFailure):
    """The hypervisor or the emulator is gone, so nothing more can be asked of this machine."""


class Skip(Exception):
    """The test does not apply here; the message says why."""


def check(condition, message):
    """Fails the test with `message` unless `condition` holds."""
    if not condition:
        raise TestFailure(message)


def check_equal(actual, expected, what):
    check(actual == expected, f"{what}: expected {expected!r}, got {actual!r}")
