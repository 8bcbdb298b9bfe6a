// SPDX-License-Identifier: MIT
// What a guest-physical map (p2m) entry can be, and the debt that a change of it leaves.
#pragma once

#include <array>
#include <utility>

#include "core/base/units.hpp"
#include "core/memory/frame.hpp"

namespace xenolith {

enum class P2mType : u8 {
  none,         // nothing there: the access is emulated or faults
  ram,          // the domain's own memory
  ram_read_only,
  logdirty,     // the domain's own memory, write-protected to record the first write
  mmio_direct,  // a device's registers, identity or as mapped by XEN_DOMCTL_memory_mapping; no frame reference
  foreign,      // another domain's frame (XENMAPSPACE_gmfn_foreign); the entry holds a frame reference
  grant_writable,   // a granted frame; the grant mapping holds the reference
  grant_read_only,
  shared_frame,     // a SharedPage of the hypervisor's, of this domain; the entry holds a frame reference
  ioreq_server,     // the domain's own memory, writes go to an emulator
};

constexpr bool is_own_ram(P2mType type) {
  return type == P2mType::ram || type == P2mType::ram_read_only || type == P2mType::logdirty ||
         type == P2mType::ioreq_server;
}
// A frame is behind it that is counted: the domain's own, another's, or the hypervisor's.
constexpr bool is_frame(P2mType type) { return type != P2mType::none && type != P2mType::mmio_direct; }
// The entry owns a counted reference, dropped when the entry goes.
constexpr bool holds_reference(P2mType type) { return type == P2mType::foreign || type == P2mType::shared_frame; }
constexpr bool is_guest_writable(P2mType type) {
  return type == P2mType::ram || type == P2mType::foreign || type == P2mType::grant_writable ||
         type == P2mType::shared_frame || type == P2mType::mmio_direct;
}

struct P2mEntry {
  Mfn mfn = invalid_mfn;  // of the looked-up frame itself, also inside a larger mapping
  P2mType type = P2mType::none;
  u8 order = 0;           // of the mapping that holds it: 0, 9, 18; for `none` the order of the hole
};

// Frames that were taken out of a page table: they are put only after the TLBs of all CPUs that may have cached
// the old entries are flushed. settle() does both; a debt that is dropped unsettled settles in its destructor, and
// the compiler warns about it. Debts can be merged so that a batch pays for one flush.
class [[nodiscard]] FlushDebt {
 public:
  FlushDebt() {}  // not "= default": that would zero `frames_`, too
  FlushDebt(const FlushDebt&) = delete;
  explicit FlushDebt(Domain& domain) : domain_{&domain} {}
  FlushDebt(FlushDebt&& other) noexcept { take(other); }
  FlushDebt& operator=(FlushDebt&& other) noexcept {
    if (this == &other) return *this;
    settle();
    take(other);
    return *this;
  }
  ~FlushDebt() { settle(); }

  void add(FrameRef frame);      // settles first when full
  void merge(FlushDebt other);
  void settle() {
    if (domain_ || count_ != 0) pay();
  }
  bool owed() const { return domain_ != nullptr; }

 private:
  static constexpr unsigned capacity = 16;
  void pay();
  void take(FlushDebt& other) {
    domain_ = std::exchange(other.domain_, nullptr);
    count_ = std::exchange(other.count_, 0);
    for (unsigned i = 0; i < count_; ++i) frames_[i] = other.frames_[i];
  }

  Domain* domain_ = nullptr;  // whose TLB entries are to be flushed
  unsigned count_ = 0;
  // The first `count_`: references of the debt's own. The rest has no values, as most debts are of no frame and are passed on often.
  std::array<Frame*, capacity> frames_;
};

}  // namespace xenolith
