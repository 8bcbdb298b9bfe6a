// SPDX-License-Identifier: MIT
// What guests are told of the hypervisor's kind.
#include <arch/control.hpp>

#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/hypercall.hpp"

namespace xenolith::arch {

// There are no hypercalls, and no platform operations, that only x86 has: the interfaces of PV guests come with PV.
std::span<const HypercallRow> hypercall_rows() { return {}; }

std::string_view guest_types() { return "hvm-3.0-x86_32 hvm-3.0-x86_32p hvm-3.0-x86_64 "; }

u32 feature_map(const Domain& domain) {
  constexpr u64 all = bit(XENFEAT_writable_page_tables) | bit(XENFEAT_auto_translated_physmap) |
                      bit(XENFEAT_hvm_callback_vector) | bit(XENFEAT_hvm_safe_pvclock) |
                      bit(XENFEAT_memory_op_vnode_supported) | bit(XENFEAT_linux_rsdp_unrestricted);
  u64 own = domain.is_hardware() ? bit(XENFEAT_dom0) | bit(XENFEAT_direct_mapped) : bit(XENFEAT_not_direct_mapped);
  return static_cast<u32>(all | own);
}

}  // namespace xenolith::arch
