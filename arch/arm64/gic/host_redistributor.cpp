// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/host_redistributor.hpp"

#include "arch/arm64/gic/host_distributor.hpp"
#include "arch/arm64/gic/interrupt_banks.hpp"
#include "core/base/bits.hpp"

namespace xenolith::gic {
namespace {

constexpr u32 type_offset = 0x008, waker = 0x014;
using IsLast = Bits<4>;
using HasVirtualLpis = Bits<1>;
constexpr u32 waker_sleep = 1u << 1, waker_children_asleep = 1u << 2;
constexpr u64 frame_size = 0x1'0000;
constexpr unsigned most_tries = 1'000'000;

// Aff3.Aff2.Aff1.Aff0 as in MPIDR_EL1, from GICR_TYPER's upper half.
constexpr u64 affinity_of_type(u64 type) { return Bits<63, 56>::get(type) << 32 | Bits<55, 32>::get(type); }

}  // namespace

Result<u32> find_redistributor(RegisterPort& region, u64 size, u64 stride, u64 affinity) {
  for (u64 offset = 0; offset + 2 * frame_size <= size;) {
    auto at = static_cast<u32>(offset);
    u64 revision = Bits<7, 4>::get(region.read(at + bank::peripheral_id2));
    if (revision != 3 && revision != 4) break;
    u64 type = region.read64(at + type_offset);
    if (affinity_of_type(type) == affinity) return at;
    if (IsLast::get(type)) break;
    offset += stride ? stride : (HasVirtualLpis::get(type) ? 4 : 2) * frame_size;
  }
  return Failure{XEN_ENOENT};
}

Result<void> HostRedistributor::initialise() {
  registers_.write(base_ + waker, registers_.read(base_ + waker) & ~waker_sleep);
  unsigned tries = 0;
  while (registers_.read(base_ + waker) & waker_children_asleep)
    if (++tries == most_tries) return Failure{XEN_ETIMEDOUT};
  registers_.write(sgi_frame(bank::enable_clear), 0xffff'0000);
  registers_.write(sgi_frame(bank::active_clear), ~0u);
  registers_.write(sgi_frame(bank::group), ~0u);
  for (u32 n = 0; n < private_count; n += 4)
    registers_.write(sgi_frame(bank::priority) + n, bank::priorities(host_priority));
  registers_.write(sgi_frame(bank::enable_set), 0xffff);
  return {};
}

void HostRedistributor::set_enabled(Intid intid, bool on) {
  registers_.write(sgi_frame(on ? bank::enable_set : bank::enable_clear), 1u << intid.raw() % 32);
}
void HostRedistributor::set_pending(Intid intid, bool pending) {
  registers_.write(sgi_frame(pending ? bank::pending_set : bank::pending_clear), 1u << intid.raw() % 32);
}
void HostRedistributor::set_active(Intid intid, bool active) {
  registers_.write(sgi_frame(active ? bank::active_set : bank::active_clear), 1u << intid.raw() % 32);
}

}  // namespace xenolith::gic
