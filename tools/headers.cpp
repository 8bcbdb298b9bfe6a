// SPDX-License-Identifier: MIT
// Nothing: the target that the precompiled headers belong to needs a source.
