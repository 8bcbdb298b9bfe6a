// SPDX-License-Identifier: MIT
// Random memory operations by a guest, a control domain and a hardware domain, with structures filled at random. Afterwards
// nothing may be leaked, and no frame may be in two places.
#include <cstdlib>
#include <cstring>
#include <map>

#include "core/grants/test_guests.hpp"

namespace xenolith {
namespace {

using test::Guest;

struct Argument {
  alignas(16) u8 bytes[64];
  xen_pfn_t list[8];
  int errors[8];
};

// Fills a structure, and puts its pointers to lists where the operation has them.
void fill(Argument& argument, u32 command, const u8* data, size_t size) {
  std::memset(&argument, 0, sizeof(argument));
  std::memcpy(argument.bytes, data, std::min(size, sizeof(argument.bytes)));
  for (u32 i = 0; i < 8; ++i) argument.list[i] = (i < size ? data[i] : 0) % 24;
  auto put = [&](auto& field, auto* list) { field.p = list; };
  switch (command) {
    case XENMEM_populate_physmap:
    case XENMEM_decrease_reservation:
    case XENMEM_increase_reservation: {
      auto& request = *reinterpret_cast<xen_memory_reservation_t*>(argument.bytes);
      put(request.extent_start, argument.list);
      request.nr_extents %= 9;
      break;
    }
    case XENMEM_add_to_physmap: {
      auto& request = *reinterpret_cast<xen_add_to_physmap_t*>(argument.bytes);
      request.space %= 6;
      request.idx %= 32;
      request.gpfn %= 32;
      break;
    }
    case XENMEM_add_to_physmap_batch: {
      auto& request = *reinterpret_cast<xen_add_to_physmap_batch_t*>(argument.bytes);
      request.space %= 6;
      request.size %= 9;
      put(request.idxs, argument.list);
      put(request.gpfns, argument.list);
      put(request.errs, argument.errors);
      break;
    }
    case XENMEM_acquire_resource:
      put(reinterpret_cast<xen_mem_acquire_resource_t*>(argument.bytes)->frame_list, argument.list);
      break;
    default: break;
  }
}

// A domain's own frame is at one place of its physical map at most.
bool is_consistent(Domain& domain) {
  std::map<Mfn, unsigned> places;
  for (u64 gfn = 0; gfn < 600; ++gfn) {
    P2mEntry entry = domain.p2m().lookup(Gfn{gfn});
    if (is_own_ram(entry.type) && (++places[entry.mfn] > 1 || known_frame(entry.mfn).count() == 0)) return false;
  }
  return places.size() <= domain.pages().total();
}

}  // namespace
}  // namespace xenolith

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace xenolith;
  test::LeakCheck leaks;
  {
    Guest guest{1}, control{2, {.control = true}};
    while (size > 2) {
      static constexpr u8 common[] = {0, 1, 6, 7, 15, 23, 28, 24};
      Guest& caller = data[0] & 1 ? guest : control;
      u32 command = data[0] & 2 ? common[data[1] % sizeof(common)] : data[1];
      size_t used = std::min<size_t>(size - 2, 1 + data[0] / 4);
      Argument argument;
      fill(argument, command % 64, data + 2, used);
      if (data[0] & 128) fake::fail_allocation(data[0] >> 4 & 7);
      caller.memory_op(command, argument.bytes);
      fake::fail_allocation(-1);
      data += 2 + used;
      size -= 2 + used;
    }
    if (!is_consistent(*guest.domain) || !is_consistent(*control.domain)) std::abort();
  }
  if (!leaks.is_clean()) std::abort();
  return 0;
}
