# SPDX-License-Identifier: MIT
"""What ./test vtx runs in Bochs."""
