# SPDX-License-Identifier: MIT
"""Boots the hypervisor in an emulator and talks to it as a person would: at its console, and at the emulator's monitor."""
