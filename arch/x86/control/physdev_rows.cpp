// SPDX-License-Identifier: MIT
// The physdev operations of an x86 machine: PCI. What concerns PIRQs is not there: the domains have virtual APICs.
#include <arch/control.hpp>

#include "arch/x86/hvm/hardware_map.hpp"
#include "arch/x86/pci/physdev.hpp"
#include "core/hypercall/hypercall.hpp"

namespace xenolith::arch {
namespace {

// Reads the structure and calls `perform` with the hardware domain's PCI. Fails with EPERM for others, EFAULT.
template <class Structure>
HypercallOutcome on_pci(Vcpu& caller, const HypercallArguments& arguments,
                        Result<void> (*perform)(pci::VirtualPci&, const Structure&)) {
  if (!caller.domain().is_hardware() || !hvm::hardware_pci()) return Failure{XEN_EPERM};
  Structure request = TRY(GuestHandle<Structure>{arguments[1]}.read(caller));
  return perform(*hvm::hardware_pci(), request);
}

// A structure that ends in an array of no fixed length: what comes before it counts here.
HypercallOutcome device_add(Vcpu& caller, const HypercallArguments& arguments) {
  struct Fixed {
    std::byte bytes[offsetof(physdev_pci_device_add, optarr)];
  };
  if (!caller.domain().is_hardware() || !hvm::hardware_pci()) return Failure{XEN_EPERM};
  Fixed fixed = TRY(GuestHandle<Fixed>{arguments[1]}.read(caller));
  physdev_pci_device_add request{};
  __builtin_memcpy(&request, &fixed, sizeof(fixed));
  return pci::device_add(*hvm::hardware_pci(), request);
}

HypercallOutcome device_remove(Vcpu& caller, const HypercallArguments& arguments) {
  return on_pci<physdev_pci_device>(caller, arguments, pci::device_remove);
}
HypercallOutcome old_add(Vcpu& caller, const HypercallArguments& arguments) {
  return on_pci<physdev_manage_pci>(caller, arguments, pci::manage_pci_add);
}
HypercallOutcome old_remove(Vcpu& caller, const HypercallArguments& arguments) {
  return on_pci<physdev_manage_pci>(caller, arguments, pci::manage_pci_remove);
}
HypercallOutcome old_add_extended(Vcpu& caller, const HypercallArguments& arguments) {
  return on_pci<physdev_manage_pci_ext>(caller, arguments, pci::manage_pci_add_ext);
}
HypercallOutcome mmcfg_reserved(Vcpu& caller, const HypercallArguments& arguments) {
  return on_pci<physdev_pci_mmcfg_reserved>(caller, arguments, pci::mmcfg_reserved);
}
HypercallOutcome prepare_msix(Vcpu& caller, const HypercallArguments& arguments) {
  return on_pci<physdev_pci_device>(caller, arguments, pci::prepare_msix);
}
HypercallOutcome restore_msi(Vcpu& caller, const HypercallArguments& arguments) {
  return on_pci<physdev_pci_device>(caller, arguments, pci::restore_msi);
}

HypercallOutcome restore_msi_of_segment_0(Vcpu& caller, const HypercallArguments& arguments) {
  auto old = TRY(GuestHandle<physdev_restore_msi>{arguments[1]}.read(caller));
  if (!caller.domain().is_hardware() || !hvm::hardware_pci()) return Failure{XEN_EPERM};
  return pci::restore_msi(*hvm::hardware_pci(), {.seg = 0, .bus = old.bus, .devfn = old.devfn});
}

// Trigger and polarity of a line: the hardware domain's virtual IO-APIC tells them when the line is unmasked.
HypercallOutcome set_up_gsi(Vcpu& caller, const HypercallArguments& arguments) {
  if (!caller.domain().is_hardware()) return Failure{XEN_EPERM};
  static_cast<void>(TRY(GuestHandle<physdev_setup_gsi>{arguments[1]}.read(caller)));
  return i64{0};
}

constexpr HypercallRow rows[] = {
    {PHYSDEVOP_pci_device_add, "pci_device_add", Caller::any, device_add},
    {PHYSDEVOP_pci_device_remove, "pci_device_remove", Caller::any, device_remove},
    {PHYSDEVOP_manage_pci_add, "manage_pci_add", Caller::any, old_add},
    {PHYSDEVOP_manage_pci_remove, "manage_pci_remove", Caller::any, old_remove},
    {PHYSDEVOP_manage_pci_add_ext, "manage_pci_add_ext", Caller::any, old_add_extended},
    {PHYSDEVOP_pci_mmcfg_reserved, "pci_mmcfg_reserved", Caller::any, mmcfg_reserved},
    {PHYSDEVOP_prepare_msix, "prepare_msix", Caller::any, prepare_msix},
    {PHYSDEVOP_release_msix, "release_msix", Caller::any, prepare_msix},
    {PHYSDEVOP_restore_msi, "restore_msi", Caller::any, restore_msi_of_segment_0},
    {PHYSDEVOP_restore_msi_ext, "restore_msi_ext", Caller::any, restore_msi},
    {PHYSDEVOP_setup_gsi, "setup_gsi", Caller::any, set_up_gsi},
};

}  // namespace

std::span<const HypercallRow> physdev_rows() { return rows; }

}  // namespace xenolith::arch
