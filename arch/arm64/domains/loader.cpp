// SPDX-License-Identifier: MIT
#include "arch/arm64/domains/loader.hpp"

#include <arch/cache.hpp>
#include <arch/mapping.hpp>

#include <algorithm>
#include <cstring>

#include "core/base/bits.hpp"

namespace xenolith::domains {
namespace {

u64 room_in_page(u64 address) { return page_size - (address & page_mask); }

Result<void> write_in_page(Domain& domain, GuestPhysical to, const std::byte* from, u64 size) {
  P2mEntry entry = domain.p2m().lookup(frame_of(to));
  if (!is_own_ram(entry.type)) return Failure{XEN_EFAULT};
  arch::FrameMapping page{entry.mfn};
  std::byte* place = page.bytes() + (to.raw() & page_mask);
  std::memcpy(place, from, size);
  arch::clean_cache(place, size);
  return {};
}

}  // namespace

Result<void> copy_module(Domain& domain, GuestPhysical to, DeviceRange module) {
  for (u64 done = 0; done < module.size;) {
    MachineAddress source = module.start + done;
    u64 piece = std::min({module.size - done, room_in_page(source.raw()), room_in_page(to.raw() + done)});
    arch::FrameMapping in{frame_of(source)};
    TRY(write_in_page(domain, to + done, in.bytes() + offset_in_page(source), piece));
    done += piece;
  }
  return {};
}

Result<void> copy_bytes(Domain& domain, GuestPhysical to, std::span<const u8> from) {
  for (u64 done = 0; done < from.size();) {
    u64 piece = std::min<u64>(from.size() - done, room_in_page(to.raw() + done));
    TRY(write_in_page(domain, to + done, reinterpret_cast<const std::byte*>(from.data() + done), piece));
    done += piece;
  }
  return {};
}

}  // namespace xenolith::domains
