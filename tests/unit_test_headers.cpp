// SPDX-License-Identifier: MIT
// Nothing: the target unit_test_headers needs a source to hang its precompiled headers on.
