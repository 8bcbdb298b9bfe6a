// SPDX-License-Identifier: MIT
// HYPERVISOR_hypfs_op: the hypervisor's file system, a tree of values to read and run-time parameters to set.
// Source: <xen/hypfs.h>.
#pragma once

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

// [0] XEN_HYPFS_OP_*, [1] guest address of a path, [2] its length with the final zero, [3] buffer, [4] its size in
// bytes. For control domains; the table of hypercalls says so. Fails with EINVAL (arguments), EFAULT, ENOENT, ENOBUFS
// (only the entry's description was written), EACCES (not writable), ENOSPC (more than may be written), ENOSYS, and
// as the parameter's own check.
HypercallOutcome hypfs_op(Vcpu& caller, const HypercallArguments& arguments);

}  // namespace xenolith
