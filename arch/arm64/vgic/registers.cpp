// SPDX-License-Identifier: MIT
// The registers of distributors and redistributors that are not fields of interrupts, and the way to those that are.
// Source: Arm IHI 0048B, "Distributor register map"; IHI 0069, "Distributor register map", "Redistributor register map".
#include "arch/arm64/vgic/affinity.hpp"
#include "arch/arm64/vgic/distributor.hpp"
#include "arch/arm64/vgic/fields.hpp"

namespace xenolith::vgic {
namespace {

constexpr u64 gicd_ctlr = 0x000, gicd_typer = 0x004, gicd_iidr = 0x008, gicd_sgir = 0xf00;
constexpr u64 gicd_irouter = 0x6000, gicd_irouter_end = 0x8000;
constexpr u32 gicr_ctlr = 0x000, gicr_iidr = 0x004, gicr_typer = 0x008, gicr_propbaser = 0x070, gicr_pendbaser = 0x078;
constexpr u64 gicr_sgi_frame = 0x1'0000;
constexpr u64 control_lpis = 1, control_pending = 1 << 3;  // GICR_CTLR: EnableLPIs; a write is on its way
constexpr u64 pidr2_v2 = 0xfe8, pidr2_v3 = 0xffe8;  // of each frame of 64 KiB for GICv3

constexpr u32 implementer = 0x5800'043b;   // no product of its own; designed by Arm
constexpr u32 control_groups = 3;
constexpr u32 control_affinity_routing = 1u << 4, control_one_state = 1u << 6;  // no secure state: both read-only here

// Part of a wider register.
u64 cut(u64 whole, u64 offset, unsigned size, unsigned width) {
  u64 shifted = whole >> (offset % width) * 8;
  return size >= 8 ? shifted : shifted & ((u64{1} << size * 8) - 1);
}
u64 paste(u64 whole, u64 offset, unsigned size, u64 value) {
  u64 mask = (size >= 8 ? ~u64{0} : (u64{1} << size * 8) - 1) << (offset % 8) * 8;
  return (whole & ~mask) | (value << (offset % 8) * 8 & mask);
}
bool is_access(u64 offset, unsigned size) {
  return (size == 1 || size == 2 || size == 4 || size == 8) && offset % size == 0;
}
// Reads of two neighbouring registers at once are taken apart.
constexpr u64 word_at(u64 offset) { return offset & ~u64{3}; }

}  // namespace

u32 Distributor::type() const {
  u32 lines = (interrupts() + 31) / 32 - 1;
  if (version() == Version::v2) return lines | (vcpus() - 1) << 5;
  constexpr u32 has_lpis = 1u << 17, no_one_of_n = 1u << 25;
  u32 number_bits = (configuration_.lpis ? LpiSet::number_bits : 10) - 1;
  return lines | (configuration_.lpis ? has_lpis : 0) | number_bits << 19 | no_one_of_n;
}

u64 Distributor::redistributor_type(unsigned owner) const {
  bool last = owner + 1 == vcpus() || (configuration_.places && configuration_.places->is_last_of_region(owner));
  u64 affinity = affinity_of(owner);
  u64 packed = Bits<39, 32>::get(affinity) << 24 | Bits<23, 0>::get(affinity);
  // The ITS knows the redistributor by the machine's number of the processor.
  u64 number = configuration_.lpis ? Bits<23, 8>::get(port_.read_redistributor(owner, gicr_typer)) : owner;
  return packed << 32 | number << 8 | (last ? bit(4) : 0) | (configuration_.lpis ? 1 : 0);
}

// The registers of LPIs are the machine's.
u64 Distributor::lpi_register(unsigned owner, u64 offset, unsigned size) const {
  if (word_at(offset) == gicr_ctlr)
    return cut(port_.read_redistributor(owner, gicr_ctlr) & (control_lpis | control_pending), offset, size, 4);
  for (u32 place : {gicr_propbaser, gicr_pendbaser})
    if ((offset & ~u64{7}) == place) return cut(port_.read_redistributor(owner, place), offset, size, 8);
  return 0;
}

void Distributor::write_lpi_register(unsigned owner, u64 offset, unsigned size, u64 value) {
  if (offset == gicr_ctlr) port_.write_redistributor(owner, gicr_ctlr, value & control_lpis);
  for (u32 place : {gicr_propbaser, gicr_pendbaser})
    if ((offset & ~u64{7}) == place)
      port_.write_redistributor(owner, place, paste(port_.read_redistributor(owner, place), offset, size, value));
}

u64 Distributor::read_distributor(unsigned vcpu, u64 offset, unsigned size) {
  if (!is_access(offset, size)) return 0;
  bool v3 = version() == Version::v3;
  if (v3 && offset >= gicd_irouter && offset < gicd_irouter_end) {
    auto intid = static_cast<u32>((offset - gicd_irouter) / 8);
    return cut(Fields{*this, cpu(vcpu)}.route(intid), offset, size, 8);
  }
  FieldRange range = field_range(offset);
  if (range.field != Field::none) return Fields{*this, cpu(vcpu)}.read(range, offset, size, interrupts());
  u32 word = 0;
  switch (word_at(offset)) {
    case gicd_ctlr:
      word = control_.load(std::memory_order_relaxed) | (v3 ? control_affinity_routing | control_one_state : 0);
      break;
    case gicd_typer: word = type(); break;
    case gicd_iidr: word = implementer; break;
    case pidr2_v2: word = v3 ? 0 : 0x2b; break;
    case pidr2_v3: word = v3 ? 0x3b : 0; break;
    default: break;
  }
  return cut(word, offset, size, 4);
}

void Distributor::write_distributor(unsigned vcpu, u64 offset, unsigned size, u64 value) {
  if (!is_access(offset, size)) return;
  bool v3 = version() == Version::v3;
  Fields fields{*this, cpu(vcpu)};
  if (v3 && offset >= gicd_irouter && offset < gicd_irouter_end) {
    auto intid = static_cast<u32>((offset - gicd_irouter) / 8);
    return fields.set_route(intid, paste(fields.route(intid), offset, size, value));
  }
  FieldRange range = field_range(offset);
  if (range.field != Field::none) return fields.write(range, offset, size, value, interrupts());
  if (offset == gicd_ctlr) write_control(static_cast<u32>(value));
  if (offset == gicd_sgir && !v3 && size == 4) write_sgir(vcpu, static_cast<u32>(value));
}

void Distributor::write_control(u32 value) {
  u32 before = control_.exchange(value & control_groups, std::memory_order_seq_cst);
  if (before == (value & control_groups)) return;
  for (unsigned n = 0; n < vcpus(); ++n) cpus_[n].call_in();
}

u64 Distributor::read_redistributor(unsigned owner, u64 offset, unsigned size) {
  if (!is_access(offset, size)) return 0;
  if (offset >= gicr_sgi_frame) {
    FieldRange range = field_range(offset - gicr_sgi_frame);
    return Fields{*this, cpu(owner)}.read(range, offset - gicr_sgi_frame, size, gic::private_count);
  }
  if (word_at(offset) == gicr_typer || word_at(offset) == gicr_typer + 4)
    return cut(redistributor_type(owner), offset, size, 8);
  u32 word = 0;
  if (word_at(offset) == gicr_iidr) word = implementer;
  else if (word_at(offset) == pidr2_v3) word = 0x3b;
  else if (configuration_.lpis) return lpi_register(owner, offset, size);
  return cut(word, offset, size, 4);
}

// Redistributors do not sleep.
void Distributor::write_redistributor(unsigned owner, u64 offset, unsigned size, u64 value) {
  if (!is_access(offset, size)) return;
  if (offset < gicr_sgi_frame) {
    if (configuration_.lpis) write_lpi_register(owner, offset, size, value);
    return;
  }
  FieldRange range = field_range(offset - gicr_sgi_frame);
  Fields{*this, cpu(owner)}.write(range, offset - gicr_sgi_frame, size, value, gic::private_count);
}

}  // namespace xenolith::vgic
