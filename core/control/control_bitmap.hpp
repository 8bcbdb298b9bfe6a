// SPDX-License-Identifier: MIT
// struct xenctl_bitmap: sets of CPUs as tools pass them. Bit n of byte n / 8 is CPU n.
#pragma once

#include "core/base/cpu_set.hpp"
#include "core/base/interface.hpp"
#include "core/hypercall/guest_handle.hpp"

namespace xenolith {

// Bits beyond the map's size are zero; bits beyond the CPUs that can be are ignored. Fails with EFAULT.
Result<CpuSet> read_bitmap(Vcpu& caller, const xenctl_bitmap& map);
// Writes as many bits as the map has room for, whole bytes, zeros behind the set. Fails with EFAULT.
Result<void> write_bitmap(Vcpu& caller, const xenctl_bitmap& map, const CpuSet& set);

}  // namespace xenolith
