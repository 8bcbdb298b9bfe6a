// SPDX-License-Identifier: MIT
// What the hardware domain tells of PCI by physdev_op; the arguments are copies, the caller has checked who calls.
// Source: <xen/physdev.h>.
#pragma once

#include "arch/x86/pci/virtual_pci.hpp"
#include "core/base/interface.hpp"

namespace xenolith::pci {

// PHYSDEVOP_pci_device_add. EOPNOTSUPP for a virtual function, else as VirtualPci::add.
Result<void> device_add(VirtualPci& pci, const physdev_pci_device_add& op);
// PHYSDEVOP_pci_device_remove; as VirtualPci::remove.
Result<void> device_remove(VirtualPci& pci, const physdev_pci_device& op);
// PHYSDEVOP_manage_pci_add and _remove: segment 0.
Result<void> manage_pci_add(VirtualPci& pci, const physdev_manage_pci& op);
Result<void> manage_pci_remove(VirtualPci& pci, const physdev_manage_pci& op);
// PHYSDEVOP_manage_pci_add_ext. EOPNOTSUPP for a virtual function.
Result<void> manage_pci_add_ext(VirtualPci& pci, const physdev_manage_pci_ext& op);
// PHYSDEVOP_pci_mmcfg_reserved. A region that firmware did not reserve is not used: success without effect. Fails with
// EINVAL for unknown flags, else as VirtualPci::add_region.
Result<void> mmcfg_reserved(VirtualPci& pci, const physdev_pci_mmcfg_reserved& op);
// PHYSDEVOP_prepare_msix and _release_msix: ENODEV unless the function is known. Tables are followed without being
// told.
Result<void> prepare_msix(VirtualPci& pci, const physdev_pci_device& op);
// PHYSDEVOP_restore_msi_ext: the hypervisor restores what the guest enables again, so there is nothing more to do.
Result<void> restore_msi(VirtualPci& pci, const physdev_pci_device& op);

}  // namespace xenolith::pci
