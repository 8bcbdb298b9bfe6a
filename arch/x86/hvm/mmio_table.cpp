// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/mmio_table.hpp"

namespace xenolith::hvm {

MmioTable::~MmioTable() {
  for (Entry* entry = head_.load(std::memory_order_relaxed); entry;) {
    Own<Entry> last{entry};
    entry = entry->next;
  }
}

Result<void> MmioTable::add(MmioHandler& handler) {
  Own<Entry> added = TRY(make<Entry>(Entry{handler, head_.load(std::memory_order_relaxed)}));
  head_.store(added.release(), std::memory_order_release);  // pairs with the acquire in find()
  return {};
}

MmioHandler* MmioTable::find(GuestPhysical address) const {
  for (const Entry* entry = head_.load(std::memory_order_acquire); entry; entry = entry->next)
    if (entry->handler.contains(address)) return &entry->handler;
  return nullptr;
}

}  // namespace xenolith::hvm
