// SPDX-License-Identifier: MIT
// The fake machine's guest-physical map: a std::map. Same contract as arch/x86/include/arch/p2m.hpp.
#pragma once

#include <map>
#include <mutex>

#include "core/base/own.hpp"
#include "core/memory/p2m_types.hpp"

namespace xenolith {
class Domain;
}

namespace xenolith::arch {

class P2m {
 public:
  explicit P2m(Domain& domain) : domain_{domain} {}
  static Result<Own<P2m>> create(Domain& domain) { return make<P2m>(domain); }
  ~P2m();

  P2mEntry lookup(Gfn gfn) const;
  struct Look {
    P2mEntry entry;
    Gfn gfn;
  };
  Look look(Gfn gfn) const { return {lookup(gfn), gfn}; }
  bool unchanged(const Look& look) const {
    P2mEntry now = lookup(look.gfn);
    return now.mfn == look.entry.mfn && now.type == look.entry.type;
  }
  Result<FlushDebt> set(Gfn gfn, Mfn mfn, unsigned order, P2mType type);
  Result<FlushDebt> clear(Gfn gfn, unsigned order) { return set(gfn, invalid_mfn, order, P2mType::none); }
  Result<FlushDebt> replace(Gfn gfn, P2mEntry expected, Mfn mfn, P2mType type);
  Result<FlushDebt> replace(Gfn gfn, const Look& expected, Mfn mfn, P2mType type) { return replace(gfn, expected.entry, mfn, type); }
  bool teardown_step();

  Gfn maximum() const { return maximum_; }
  Mfn root() const { return invalid_mfn; }
  u64 table_pages() const { return 0; }

 private:
  void drop(const P2mEntry& entry, FlushDebt& debt);

  Domain& domain_;
  mutable std::mutex guard_;
  std::map<Gfn, P2mEntry> entries_;
  Gfn maximum_{0};
};

}  // namespace xenolith::arch
