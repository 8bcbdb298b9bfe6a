// SPDX-License-Identifier: MIT
// ActiveEntry: the hypervisor's private state of one grant entry: who uses it how often, and the frame behind it.
#pragma once

#include <arch/cpu.hpp>

#include "core/base/heap_array.hpp"
#include "core/base/lock.hpp"
#include "core/grants/shared_entry.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {

// Invariants, under the entry's lock: `frame` is held exactly while there are uses of a grant that is not transitive;
// the shared entry has GTF_reading set while there are uses and GTF_writing while there are writers; accessor, kind and
// the body are those of the first use until the last has ended, whatever the granter writes meanwhile. Before the first use all is zero.
class ActiveEntry {
 public:
  enum class Kind : u8 { full, sub_page, transitive };

  u32 readers = 0;  // uses that only read
  u32 writers = 0;  // uses that may write
  DomainId accessor{};
  Kind kind = Kind::full;
  bool held = false;  // being swapped: no use may start
  GrantBody body{.length = 0, .via_domain = {}};
  FrameRef frame;

  bool is_used() const { return readers + writers > 0; }
  u32& count(bool write) { return write ? writers : readers; }
};

struct alignas(arch::cache_line_size) ActiveSlot {
  Locked<ActiveEntry, LockRank::grant_entry> lock{};
};
static_assert(sizeof(ActiveSlot) <= 128);
template <>
inline constexpr bool starts_as_zero<ActiveSlot> = true;

}  // namespace xenolith
