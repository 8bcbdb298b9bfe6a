// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/port_table.hpp"

namespace xenolith::hvm {

PortTable::~PortTable() {
  for (Entry* entry = head_.load(std::memory_order_relaxed); entry;) {
    Own<Entry> last{entry};
    entry = entry->next;
  }
}

Result<void> PortTable::add(u16 first, u16 last, PortHandler& handler) {
  if (first > last) return Failure{XEN_EINVAL};
  Entry* head = head_.load(std::memory_order_relaxed);
  for (const Entry* entry = head; entry; entry = entry->next)
    if (first <= entry->last && entry->first <= last) return Failure{XEN_EEXIST};
  Own<Entry> added = TRY(make<Entry>(Entry{first, last, handler, head}));
  head_.store(added.release(), std::memory_order_release);  // pairs with the acquire in find()
  return {};
}

PortHandler* PortTable::find(u16 port) const {
  for (const Entry* entry = head_.load(std::memory_order_acquire); entry; entry = entry->next)
    if (port >= entry->first && port <= entry->last) return &entry->handler;
  return nullptr;
}

}  // namespace xenolith::hvm
