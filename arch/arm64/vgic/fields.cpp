// SPDX-License-Identifier: MIT
// Source: Arm IHI 0048B, "Distributor register descriptions"; IHI 0069, "The Distributor register descriptions".
#include "arch/arm64/vgic/fields.hpp"

#include <array>
#include <optional>

#include "arch/arm64/vgic/affinity.hpp"

namespace xenolith::vgic {
namespace {

constexpr std::array<FieldRange, 12> ranges{{
    {0x080, 0x100, Field::group, 1},
    {0x100, 0x180, Field::enable_set, 1},
    {0x180, 0x200, Field::enable_clear, 1},
    {0x200, 0x280, Field::pending_set, 1},
    {0x280, 0x300, Field::pending_clear, 1},
    {0x300, 0x380, Field::active_set, 1},
    {0x380, 0x400, Field::active_clear, 1},
    {0x400, 0x800, Field::priority, 8},
    {0x800, 0xc00, Field::target, 8},
    {0xc00, 0xd00, Field::configuration, 2},
    {0xf10, 0xf20, Field::sgi_pending_clear, 8},
    {0xf20, 0xf30, Field::sgi_pending_set, 8},
}};
constexpr u64 edge_configuration = 2;
constexpr u8 priority_bits = 0xf8;  // the upper five are there, as many as each list register holds
constexpr u64 route_any = u64{1} << 31;

}  // namespace

FieldRange field_range(u64 offset) {
  for (const FieldRange& range : ranges)
    if (offset >= range.first && offset < range.end) return range;
  return {0, 0, Field::none, 8};
}

u64 Fields::read(const FieldRange& range, u64 offset, unsigned size, u32 end) {
  u64 value = 0;
  u64 first = (offset - range.first) * 8 / range.bits;
  unsigned count = size * 8 / range.bits;
  for (unsigned i = 0; i < count && first + i < end; ++i)
    value |= get(range.field, static_cast<u32>(first + i)) << i * range.bits;
  return value;
}

void Fields::write(const FieldRange& range, u64 offset, unsigned size, u64 value, u32 end) {
  u64 first = (offset - range.first) * 8 / range.bits;
  unsigned count = size * 8 / range.bits;
  u64 mask = (u64{1} << range.bits) - 1;
  for (unsigned i = 0; i < count && first + i < end; ++i)
    set(range.field, static_cast<u32>(first + i), value >> i * range.bits & mask);
}

u64 Fields::get(Field field, u32 intid) {
  IrqWord word = irq(intid).load();
  switch (field) {
    case Field::group: return distributor_.version() == Version::v3;
    case Field::enable_set:
    case Field::enable_clear: return word.has(IrqWord::enabled);
    case Field::pending_set:
    case Field::pending_clear: return word.is_pending() || word.has(IrqWord::loaded_pending);
    case Field::active_set:
    case Field::active_clear: withdraw(intid, word); return word.has(IrqWord::active);
    case Field::priority: return word.priority();
    case Field::target: return target(intid);
    case Field::configuration: return word.has(IrqWord::edge) ? edge_configuration : 0;
    case Field::sgi_pending_clear:
    case Field::sgi_pending_set: return is_sgi_of_v2(intid) ? cpu_.sgi_sources(intid) : 0;
    case Field::none: break;
  }
  return 0;
}

void Fields::set(Field field, u32 intid, u64 value) {
  switch (field) {
    case Field::priority: irq(intid).set_priority(static_cast<u8>(value) & priority_bits); return;
    case Field::target: set_target(intid, value); return;
    case Field::configuration: configure(intid, (value & edge_configuration) != 0); return;
    case Field::sgi_pending_clear:
      if (is_sgi_of_v2(intid) && value) cpu_.clear_sgi_sources(intid, static_cast<u8>(value));
      return;
    case Field::sgi_pending_set:
      for (unsigned source = 0; is_sgi_of_v2(intid) && source < distributor_.vcpus(); ++source)
        if (value & bit(source)) cpu_.raise_sgi(Intid{intid}, source);
      return;
    default:
      if (value) set_bit(field, intid);
  }
}

void Fields::set_bit(Field field, u32 intid) {
  switch (field) {
    case Field::enable_set: return enable(intid);
    case Field::enable_clear: return disable(intid);
    case Field::pending_set: return set_pending(intid);
    case Field::pending_clear: return clear_pending(intid);
    case Field::active_set: return set_active(intid);
    case Field::active_clear: return clear_active(intid);
    default: return;
  }
}

void Fields::post(u32 intid) {
  if (intid >= gic::private_count) distributor_.post_spi(intid);
  else if (irq(intid).load().is_relevant()) cpu_.post(intid);
}

// What a vCPU in its guest has in a list register is up to date only when that vCPU has left.
void Fields::withdraw(u32 intid, IrqWord word) {
  if (!word.has(IrqWord::loaded)) return;
  VcpuInterface& holder = intid < gic::private_count ? cpu_ : distributor_.cpu(word.target());
  holder.call_in();
}

void Fields::enable(u32 intid) {
  if (irq(intid).set(IrqWord::enabled).has(IrqWord::enabled)) return;
  post(intid);
  if (is_linked_spi(intid)) distributor_.apply_to_hardware(intid);
}

void Fields::disable(u32 intid) {
  IrqWord before = irq(intid).clear(IrqWord::enabled);
  if (!before.has(IrqWord::enabled)) return;
  withdraw(intid, before);
  if (is_linked_spi(intid)) distributor_.apply_to_hardware(intid);
}

void Fields::set_pending(u32 intid) {
  if (is_sgi_of_v2(intid)) return;
  if (is_linked_spi(intid)) {
    distributor_.hardware_.with([&](auto&) { distributor_.port().set_hardware_pending(Intid{intid}, true); });
    return;
  }
  irq(intid).set(IrqWord::latch);
  post(intid);
}

void Fields::clear_pending(u32 intid) {
  if (is_sgi_of_v2(intid)) return;
  IrqWord before = irq(intid).clear(IrqWord::latch | IrqWord::loaded_pending);
  withdraw(intid, before);
  if (!is_linked_spi(intid)) return;
  distributor_.hardware_.with([&](auto&) { distributor_.port().set_hardware_pending(Intid{intid}, false); });
  if (before.has(IrqWord::latch)) distributor_.port().deactivate_hardware(Intid{intid});
}

void Fields::set_active(u32 intid) {
  if (irq(intid).load().has(IrqWord::hardware)) return;  // would end an interrupt of the machine that has not come
  irq(intid).set(IrqWord::active);
  post(intid);
}

void Fields::clear_active(u32 intid) {
  IrqWord before = irq(intid).clear(IrqWord::active);
  if (!before.has(IrqWord::active)) return;
  if (before.has(IrqWord::hardware) && !before.has(IrqWord::loaded)) distributor_.port().deactivate_hardware(Intid{intid});
  if (intid >= gic::private_count) distributor_.settle_target(intid);
}

u64 Fields::target(u32 intid) const {
  if (distributor_.version() == Version::v3) return 0;
  return bit(intid < gic::private_count ? cpu_.number() : irq(intid).wanted_vcpu());
}

// Of several the first is chosen. None at all is a mask that no CPU matches; kernels do not write it, and it is ignored.
void Fields::set_target(u32 intid, u64 mask) {
  mask &= bit(distributor_.vcpus()) - 1;
  if (distributor_.version() == Version::v3 || intid < gic::private_count || mask == 0) return;
  distributor_.retarget(intid, static_cast<u16>(std::countr_zero(mask)));
}

// Private interrupts are what they are.
void Fields::configure(u32 intid, bool edge) {
  if (intid < gic::private_count) return;
  IrqWord before = irq(intid).update([&](IrqWord w) {
    return IrqWord{edge ? w.raw | IrqWord::edge : w.raw & ~IrqWord::edge};
  });
  if (before.has(IrqWord::edge) == edge) return;
  post(intid);
  if (is_linked_spi(intid)) distributor_.apply_to_hardware(intid);
}

u64 Fields::route(u32 intid) const {
  if (!distributor_.has_spi(intid)) return 0;
  u16 wanted = irq(intid).wanted();
  return wanted & VirtualIrq::any_cpu ? route_any : affinity_of(wanted);
}

void Fields::set_route(u32 intid, u64 value) {
  if (!distributor_.has_spi(intid)) return;
  if (value & route_any) return distributor_.retarget(intid, VirtualIrq::any_cpu);
  std::optional<unsigned> vcpu = vcpu_of_affinity(value);
  if (vcpu && *vcpu < distributor_.vcpus()) distributor_.retarget(intid, static_cast<u16>(*vcpu));
}

}  // namespace xenolith::vgic
