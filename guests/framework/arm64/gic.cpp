// SPDX-License-Identifier: MIT
#include "guests/framework/arm64/gic.hpp"

#include <guest/instructions.hpp>
#include <guest/machine.hpp>

namespace xenolith::guest::gic {
namespace {

u32 read(u64 address) { return *reinterpret_cast<volatile u32*>(address); }
void write(u64 address, u32 value) { *reinterpret_cast<volatile u32*>(address) = value; }

bool is_v3() { return machine().gic_version == 3; }
constexpr u64 frame = 0x1'0000;
u64 redistributor(u32 id) { return machine().redistributors + id * 2 * frame; }
// The frame of SGIs and PPIs: with GICv2 the distributor's own, banked.
u64 private_frame(u32 id) { return is_v3() ? redistributor(id) + frame : machine().distributor; }

constexpr u64 group = 0x80, set_enable = 0x100;

void wake_redistributor(u32 id) {
  constexpr u64 waker = 0x14;
  constexpr u32 asleep = 1 << 1, children_asleep = 1 << 2;
  write(redistributor(id) + waker, read(redistributor(id) + waker) & ~asleep);
  while (read(redistributor(id) + waker) & children_asleep) pause();
}

}  // namespace

void enable_on_this_cpu(u32 id) {
  constexpr u32 all_priorities = 0xff;
  if (!is_v3()) {
    if (id == 0) write(machine().distributor, 1);
    write(machine().cpu_interface + 4, all_priorities);
    write(machine().cpu_interface, 1);
    return;
  }
  if (id == 0) write(machine().distributor, 1 << 4 | 1 << 1);  // affinity routing, group 1
  wake_redistributor(id);
  write(private_frame(id) + group, ~0u);
  write(private_frame(id) + set_enable, 0xffff);           // SGIs
  guest_write_register("S3_0_C12_C12_5", 7);               // ICC_SRE_EL1
  guest_write_register("S3_0_C4_C6_0", all_priorities);    // ICC_PMR_EL1
  guest_write_register("S3_0_C12_C12_7", 1);               // ICC_IGRPEN1_EL1
}

void enable_private(u32 id, u32 intid) { write(private_frame(id) + set_enable, 1u << intid); }

// ICC_SGI1R_EL1: target list 15:0, cluster 23:16, SGI 27:24, all others 40. GICD_SGIR: SGI 3:0, target list 23:16, all others 24.
void send_sgi(u32 id, u32 sgi) {
  asm volatile("dsb ishst" ::: "memory");
  if (is_v3()) guest_write_register("S3_0_C12_C11_5", u64{1} << (id & 0xf) | u64{id >> 4} << 16 | u64{sgi} << 24);
  else write(machine().distributor + 0xf00, 1u << (16 + id) | sgi);
}

void send_sgi_to_others(u32 sgi) {
  asm volatile("dsb ishst" ::: "memory");
  if (is_v3()) guest_write_register("S3_0_C12_C11_5", u64{1} << 40 | u64{sgi} << 24);
  else write(machine().distributor + 0xf00, 1u << 24 | sgi);
}

u32 acknowledge() {
  if (is_v3()) return static_cast<u32>(guest_read_register("S3_0_C12_C12_0"));  // ICC_IAR1_EL1
  return read(machine().cpu_interface + 0xc);
}

void end(u32 acknowledged) {
  if (is_v3()) guest_write_register("S3_0_C12_C12_1", acknowledged);  // ICC_EOIR1_EL1
  else write(machine().cpu_interface + 0x10, acknowledged);
}

}  // namespace xenolith::guest::gic
