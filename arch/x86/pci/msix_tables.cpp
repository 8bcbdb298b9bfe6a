// SPDX-License-Identifier: MIT
#include "arch/x86/pci/msix_tables.hpp"

#include "arch/x86/pci/pci_device.hpp"

namespace xenolith::pci {

bool MsixTables::is_trapped(const List& list, Gfn page) {
  for (const MsixRegion& region : list)
    if (page >= region.first_page() && page < region.end_page()) return true;
  return false;
}

Result<void> MsixTables::trap(const List& list, Gfn first, Gfn end) {
  for (Gfn page = first; page < end; ++page) {
    if (is_trapped(list, page)) continue;
    Result<void> trapped = guest_.trap_pages(page, 1);
    if (trapped.failed()) {
      untrap(list, first, page);
      return trapped;
    }
  }
  return {};
}

void MsixTables::untrap(const List& list, Gfn first, Gfn end) {
  for (Gfn page = first; page < end; ++page)
    if (!is_trapped(list, page)) guest_.untrap_pages(page, 1);
}

Result<void> MsixTables::add(MsixRegion& region) {
  return list_.with([&](List& list) -> Result<void> {
    TRY(trap(list, region.first_page(), region.end_page()));
    list.push_back(region);
    return {};
  });
}

void MsixTables::remove(MsixRegion& region) {
  list_.with([&](List& list) {
    list.erase(list.iterator_to(region));
    untrap(list, region.first_page(), region.end_page());
  });
}

Ref<PciDevice> MsixTables::find(MachineAddress address) {
  return list_.with([&](List& list) -> Ref<PciDevice> {
    for (MsixRegion& region : list)
      if (region.contains(address) && region.device.try_ref()) return Ref<PciDevice>::adopt(&region.device);
    return nullptr;
  });
}

}  // namespace xenolith::pci
