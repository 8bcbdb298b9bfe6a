// SPDX-License-Identifier: MIT
// Invalidations are broadcast by the hardware: nobody is interrupted for them.
#include "core/paging/remote_flush.hpp"

namespace xenolith {

void mm::flush_all_cpus() { asm volatile("dsb ishst; tlbi alle2is; dsb ish; isb" ::: "memory"); }

}  // namespace xenolith
