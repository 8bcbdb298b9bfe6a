// SPDX-License-Identifier: MIT
#include "arch/x86/pci/physdev.hpp"

namespace xenolith::pci {

Result<void> device_add(VirtualPci& pci, const physdev_pci_device_add& op) {
  if (op.flags & XEN_PCI_DEV_VIRTFN) return Failure{XEN_EOPNOTSUPP};
  return pci.add(Sbdf{op.seg, op.bus, op.devfn});
}

Result<void> device_remove(VirtualPci& pci, const physdev_pci_device& op) { return pci.remove(Sbdf{op.seg, op.bus, op.devfn}); }

Result<void> manage_pci_add(VirtualPci& pci, const physdev_manage_pci& op) { return pci.add(Sbdf{0, op.bus, op.devfn}); }

Result<void> manage_pci_remove(VirtualPci& pci, const physdev_manage_pci& op) { return pci.remove(Sbdf{0, op.bus, op.devfn}); }

Result<void> manage_pci_add_ext(VirtualPci& pci, const physdev_manage_pci_ext& op) {
  if (op.is_virtfn) return Failure{XEN_EOPNOTSUPP};
  return pci.add(Sbdf{0, op.bus, op.devfn});
}

Result<void> mmcfg_reserved(VirtualPci& pci, const physdev_pci_mmcfg_reserved& op) {
  if (op.flags & ~u32{XEN_PCI_MMCFG_RESERVED}) return Failure{XEN_EINVAL};
  if (!(op.flags & XEN_PCI_MMCFG_RESERVED)) return {};
  return pci.add_region(EcamRegion{MachineAddress{op.address}, op.segment, op.start_bus, op.end_bus});
}

Result<void> prepare_msix(VirtualPci& pci, const physdev_pci_device& op) { return pci.add(Sbdf{op.seg, op.bus, op.devfn}); }

Result<void> restore_msi(VirtualPci& pci, const physdev_pci_device& op) { return pci.add(Sbdf{op.seg, op.bus, op.devfn}); }

}  // namespace xenolith::pci
