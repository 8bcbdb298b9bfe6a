// SPDX-License-Identifier: MIT
// Random sequences of grant operations by three domains over shared entries that hostile granters rewrite. Afterwards every
// domain must come apart with all counts at zero and nothing leaked.
#include <cstdlib>
#include <optional>

#include "core/grants/test_guests.hpp"

namespace xenolith {
namespace {

using test::Guest;

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_{data}, size_{size} {}
  bool is_empty() const { return at_ >= size_; }
  u8 byte() { return is_empty() ? 0 : data_[at_++]; }
  u32 below(u32 limit) { return byte() % limit; }

 private:
  const std::uint8_t* data_;
  std::size_t size_, at_ = 0;
};

constexpr u32 refs = 24;
constexpr u16 ids[] = {1, 2, 3, 9};  // the last does not exist

void scribble(Input& in, Guest& guest) {
  auto* bytes = reinterpret_cast<u8*>(guest.v1());
  u32 ref = in.below(refs);
  switch (in.below(4)) {
    case 0: guest.grant_v1(ref, ids[in.below(4)], in.below(12), in.byte()); break;
    case 1: guest.grant_v2(ref, ids[in.below(4)], in.below(12), static_cast<u16>(in.byte() | in.below(2) << 8)); break;
    case 2: guest.v2()[ref].transitive = {{GTF_transitive, ids[in.below(4)]}, ids[in.below(4)], 0, in.below(refs)}; break;
    default: bytes[in.byte()] = in.byte(); break;
  }
}

void copy(Input& in, Guest& guest) {
  gnttab_copy_t operations[2] = {};
  for (auto& operation : operations) {
    operation.source.domid = in.below(3) ? ids[in.below(4)] : DOMID_SELF;
    operation.source.u.gmfn = in.below(refs);
    operation.dest.domid = in.below(3) ? DOMID_SELF : ids[in.below(4)];
    operation.dest.u.gmfn = in.below(12);
    operation.source.offset = static_cast<u16>(in.byte() * 17);
    operation.len = static_cast<u16>(in.byte() * 9);
    operation.flags = static_cast<u16>(in.below(4));
  }
  guest.grant_op(GNTTABOP_copy, operations, 2);
}

void step(Input& in, Guest& guest) {
  switch (in.below(9)) {
    case 0:
    case 1: scribble(in, guest); break;
    case 2: guest.map(ids[in.below(4)], in.below(refs), in.below(32), in.below(8)); break;
    case 3: guest.unmap(in.below(40), in.below(32)); break;
    case 4: copy(in, guest); break;
    case 5: guest.set_version(in.below(4)); break;
    case 6: {
      gnttab_swap_grant_ref_t operation{in.below(refs), in.below(refs), 0};
      guest.grant_op(GNTTABOP_swap_grant_ref, &operation);
      break;
    }
    case 7: {
      xen_pfn_t frame = in.below(32);
      xen_memory_reservation_t request{{&frame}, 1, 0, 0, DOMID_SELF};
      guest.memory_op(in.below(2) ? XENMEM_populate_physmap : XENMEM_decrease_reservation, &request);
      break;
    }
    default: {
      xen_add_to_physmap_t request{DOMID_SELF, 0, in.below(5), in.below(4), in.below(32)};
      guest.memory_op(XENMEM_add_to_physmap, &request);
    }
  }
}

}  // namespace
}  // namespace xenolith

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  test::LeakCheck leaks;
  {
    std::optional<test::Guest> guests[3];
    for (u16 i = 0; i < 3; ++i) guests[i].emplace(static_cast<u16>(i + 1));
    Input in{data, size};
    while (!in.is_empty()) {
      auto& guest = guests[in.below(3)];
      if (in.below(64) == 63) guest.reset();  // dies; others keep what they have mapped of it
      else if (guest) step(in, *guest);
    }
  }
  if (!leaks.is_clean()) std::abort();
  return 0;
}
