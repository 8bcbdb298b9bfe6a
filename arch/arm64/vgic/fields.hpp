// SPDX-License-Identifier: MIT
// Fields: the registers that hold one field for each interrupt, field by field.
#pragma once

#include "arch/arm64/vgic/distributor.hpp"

namespace xenolith::vgic {

enum class Field : u8 {
  group, enable_set, enable_clear, pending_set, pending_clear, active_set, active_clear, priority, target, configuration,
  sgi_pending_clear, sgi_pending_set, none,
};

// A row of registers: `bits` for each interrupt, from interrupt 0 on.
struct FieldRange {
  u32 first, end;  // offsets
  Field field;
  u8 bits;
};

// The range that holds the offset; field `none` where there is nothing. The same for distributors and for the second frame of
// redistributors.
FieldRange field_range(u64 offset);

class Fields {
 public:
  // `cpu`: whose private interrupts are meant.
  Fields(Distributor& distributor, VcpuInterface& cpu) : distributor_{distributor}, cpu_{cpu} {}

  // An access of `size` bytes at `offset` in `range`, to interrupts numbered below `end` only.
  u64 read(const FieldRange& range, u64 offset, unsigned size, u32 end);
  void write(const FieldRange& range, u64 offset, unsigned size, u64 value, u32 end);

  // IROUTER.
  u64 route(u32 intid) const;
  void set_route(u32 intid, u64 value);

 private:
  u64 get(Field field, u32 intid);
  void set(Field field, u32 intid, u64 value);
  void set_bit(Field field, u32 intid);
  u64 target(u32 intid) const;
  void enable(u32 intid);
  void disable(u32 intid);
  void set_pending(u32 intid);
  void clear_pending(u32 intid);
  void set_active(u32 intid);
  void clear_active(u32 intid);
  void set_target(u32 intid, u64 mask);
  void configure(u32 intid, bool edge);
  void withdraw(u32 intid, IrqWord word);
  void post(u32 intid);
  bool is_sgi_of_v2(u32 intid) const { return intid < gic::sgi_count && distributor_.version() == Version::v2; }
  bool is_linked_spi(u32 intid) const { return intid >= gic::private_count && distributor_.is_linked(Intid{intid}); }
  VirtualIrq& irq(u32 intid) const { return intid < gic::private_count ? cpu_.irq(Intid{intid}) : distributor_.spi(intid); }

  Distributor& distributor_;
  VcpuInterface& cpu_;
};

}  // namespace xenolith::vgic
