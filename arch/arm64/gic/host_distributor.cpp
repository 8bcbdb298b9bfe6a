// SPDX-License-Identifier: MIT
#include "arch/arm64/gic/host_distributor.hpp"

#include <algorithm>

#include "arch/arm64/gic/interrupt_banks.hpp"
#include "core/base/bits.hpp"

namespace xenolith::gic {
namespace {

// GICv2: the group that this world has: 1 in the non-secure one, which does not see the groups; 0 where there are no worlds. So the
// groups stay as they are. Source: IHI 0048B, "Interrupt grouping", "GICD_CTLR".
constexpr u32 enable_v2 = 1;
// Non-secure view: affinity routing and group 1 interrupts; in a machine with one security state the same bits.
constexpr u32 enable_v3 = 1u << 4 | 1u << 1;
constexpr u32 ones = ~0u;

}  // namespace

void HostDistributor::initialise(u64 target) {
  registers_.write(bank::control, version_ == Version::v3 ? 1u << 4 : 0);
  wait_for_write();
  auto lines = static_cast<u32>(Bits<4, 0>::get(registers_.read(bank::type)) + 1) * 32;
  interrupts_ = std::min(lines, first_special);
  for (u32 n = private_count; n < interrupts_; n += 32) {
    registers_.write(bank::enable_clear + n / 8, ones);
    registers_.write(bank::active_clear + n / 8, ones);
    if (version_ == Version::v3) registers_.write(bank::group + n / 8, ones);
  }
  for (u32 n = private_count; n < interrupts_; n += 16) registers_.write(bank::configuration + n / 4, 0);
  for (u32 n = private_count; n < interrupts_; n += 4)
    registers_.write(bank::priority + n, bank::priorities(host_priority));
  wait_for_write();
  for (u32 n = private_count; n < interrupts_; ++n) route(Intid{n}, target);
  registers_.write(bank::control, version_ == Version::v3 ? enable_v3 : enable_v2);
  wait_for_write();
}

void HostDistributor::initialise_private() {
  registers_.write(bank::enable_clear, 0xffff'0000);
  registers_.write(bank::active_clear, ones);
  registers_.write(bank::enable_set, 0xffff);
  for (u32 n = 0; n < private_count; n += 4) registers_.write(bank::priority + n, bank::priorities(host_priority));
}

void HostDistributor::wait_for_write() {
  if (version_ != Version::v3) return;
  while (registers_.read(bank::control) & bank::write_pending) {
  }
}

void HostDistributor::set_bit(u32 bank, Intid intid) {
  registers_.write(bank + intid.raw() / 32 * 4, static_cast<u32>(bit(intid.raw() % 32)));
}

void HostDistributor::set_enabled(Intid intid, bool on) {
  set_bit(on ? bank::enable_set : bank::enable_clear, intid);
  if (!on) wait_for_write();
}

bool HostDistributor::is_enabled(Intid intid) {
  return (registers_.read(bank::enable_set + intid.raw() / 32 * 4) & bit(intid.raw() % 32)) != 0;
}

void HostDistributor::set_trigger(Intid intid, Trigger trigger) {
  u32 offset = bank::configuration + intid.raw() / 16 * 4;
  u32 edge = 2u << intid.raw() % 16 * 2;
  u32 word = registers_.read(offset);
  registers_.write(offset, trigger == Trigger::edge ? word | edge : word & ~edge);
}

void HostDistributor::route(Intid intid, u64 target) {
  if (version_ == Version::v3) registers_.write64(bank::route + intid.raw() * 8, target);
  else registers_.write8(bank::target + intid.raw(), static_cast<u8>(target));
}

void HostDistributor::set_pending(Intid intid, bool pending) {
  set_bit(pending ? bank::pending_set : bank::pending_clear, intid);
}
void HostDistributor::set_active(Intid intid, bool active) { set_bit(active ? bank::active_set : bank::active_clear, intid); }
void HostDistributor::set_priority(Intid intid, u8 priority) { registers_.write8(bank::priority + intid.raw(), priority); }

// Each CPU reads its own bit in the target fields of its private interrupts. Source: IHI 0048B, "Interrupt Processor Targets
// Registers, GICD_ITARGETSRn". A machine with one CPU reads zero, and needs none.
u8 HostDistributor::this_cpu_bit() {
  u32 all = 0;
  for (u32 n = 0; n < private_count; n += 4) all |= registers_.read(bank::target + n);
  all |= all >> 16;
  return static_cast<u8>(all | all >> 8);
}

void HostDistributor::send_sgi(u8 target_bits, Intid sgi) { registers_.write(bank::sgir, u32{target_bits} << 16 | sgi.raw()); }

}  // namespace xenolith::gic
