// SPDX-License-Identifier: MIT
// Accesses that the nested page tables do not allow: virtual devices, pages that are mapped on demand, nothing at all.
#include <arch/domain_state.hpp>

#include "arch/x86/hvm/exits.hpp"
#include "arch/x86/hvm/guest_port.hpp"
#include "arch/x86/hvm/hardware_map.hpp"
#include "arch/x86/include/arch/nested_entry.hpp"
#include "arch/x86/hvm/physical_access.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm {
namespace {

// Whether the map allows the access by now: it has changed since, or the processor's translation was old.
bool is_allowed(P2mType type, const Exit& exit) {
  if (type == P2mType::none) return false;
  if (exit.write && !is_guest_writable(type)) return false;
  return !exit.execute || arch::is_guest_executable(type);
}

void refuse_execution(Vcpu& vcpu, GuestPhysical address) {
  vcpu.domain().crash(&vcpu, "d{}v{}: executes at guest-physical {:#x}, where there is no memory", vcpu.domain().id(),
                      vcpu.id(), address.raw());
}

void refuse_delivery(Vcpu& vcpu, GuestPhysical address) {
  vcpu.domain().crash(&vcpu, "d{}v{}: an event's delivery needs guest-physical {:#x}, where there is no memory",
                      vcpu.domain().id(), vcpu.id(), address.raw());
}

}  // namespace

void handle_nested_fault(Vcpu& vcpu, const Exit& exit) {
  GuestPhysical address{exit.guest_physical};
  bool device = is_virtual_device(vcpu, address);
  P2mType type = device ? P2mType::none : vcpu.domain().p2m().lookup(frame_of(address)).type;
  if (is_allowed(type, exit)) return;
  if (!device && type == P2mType::none && vcpu.domain().is_hardware() &&
      map_hardware_page(vcpu.domain(), frame_of(address)))
    return;
  if (exit.execute) return refuse_execution(vcpu, address);
  if (vcpu.arch().hardware->has_event()) return refuse_delivery(vcpu, address);
  emulate_instruction(vcpu, exit.instruction_bytes);
}

}  // namespace xenolith::hvm
