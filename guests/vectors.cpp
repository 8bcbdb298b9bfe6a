// SPDX-License-Identifier: MIT
// Vector registers, mask registers and MXCSR stay as they are over exits, interrupts and sleeps, whatever XCR0 is meanwhile; and XSAVE and
// its kin save what XRSTOR loads.
#include <cstring>

#include "guests/framework/events.hpp"
#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

enum class Width : u8 { xmm, ymm, zmm };
constexpr u64 legacy = 3, avx = 1 << 2, avx512 = 7 << 5;

struct alignas(64) Registers {
  u8 vectors[32][64];
  u64 masks[8];
  u32 mxcsr;
};

Width width;
u64 components;  // of XCR0, all that there are
u32 timer_port;
Registers wanted, got, others;
constinit Page area{};

#define NUMBERS_8 "0,1,2,3,4,5,6,7"
#define NUMBERS_16 NUMBERS_8 ",8,9,10,11,12,13,14,15"
#define NUMBERS_32 NUMBERS_16 ",16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define EACH(numbers, instruction) ".irp n," numbers "\n" instruction "\n.endr\n"

void load(const Registers& from) {
  if (width == Width::xmm) asm volatile(EACH(NUMBERS_16, "movdqu \\n*64(%0), %%xmm\\n") : : "r"(&from) : "memory");
  if (width == Width::ymm) asm volatile(EACH(NUMBERS_16, "vmovdqu \\n*64(%0), %%ymm\\n") : : "r"(&from) : "memory");
  if (width == Width::zmm) {
    asm volatile(EACH(NUMBERS_32, "vmovdqu64 \\n*64(%0), %%zmm\\n") : : "r"(&from) : "memory");
    asm volatile(EACH(NUMBERS_8, "kmovq \\n*8(%0), %%k\\n") : : "r"(from.masks) : "memory");
  }
  asm volatile("ldmxcsr %0" : : "m"(from.mxcsr));
}

void store(Registers& to) {
  if (width == Width::xmm) asm volatile(EACH(NUMBERS_16, "movdqu %%xmm\\n, \\n*64(%0)") : : "r"(&to) : "memory");
  if (width == Width::ymm) asm volatile(EACH(NUMBERS_16, "vmovdqu %%ymm\\n, \\n*64(%0)") : : "r"(&to) : "memory");
  if (width == Width::zmm) {
    asm volatile(EACH(NUMBERS_32, "vmovdqu64 %%zmm\\n, \\n*64(%0)") : : "r"(&to) : "memory");
    asm volatile(EACH(NUMBERS_8, "kmovq %%k\\n, \\n*8(%0)") : : "r"(to.masks) : "memory");
  }
  asm volatile("stmxcsr %0" : "=m"(to.mxcsr));
}

void fill(Registers& all, u8 seed) {
  constexpr u32 masked = 0x1f80, round_up = 0x4000, round_down = 0x2000;
  std::memset(&all, 0, sizeof all);
  size_t vectors = width == Width::zmm ? 32 : 16, bytes = size_t{16} << static_cast<unsigned>(width);
  for (size_t i = 0; i < vectors; ++i)
    for (size_t j = 0; j < bytes; ++j) all.vectors[i][j] = static_cast<u8>(seed + 37 * i + j) | 1;
  if (width == Width::zmm)
    for (size_t i = 0; i < std::size(all.masks); ++i) all.masks[i] = 0x0123'4567'89ab'cdefu * (seed + i);
  all.mxcsr = masked | (seed & 1 ? round_up : round_down);
}

void compare(Check& check) {
  for (u32 i = 0; i < std::size(got.vectors); ++i)
    for (u32 j = 0; j < sizeof got.vectors[i]; ++j)
      if (!check.expect(got.vectors[i][j] == wanted.vectors[i][j], "byte {} of vector register {} is {:#x}, not {:#x}", j, i,
                        got.vectors[i][j], wanted.vectors[i][j]))
        return;
  for (u32 i = 0; i < std::size(got.masks); ++i)
    if (!check.expect(got.masks[i] == wanted.masks[i], "k{} is {:#x}, not {:#x}", i, got.masks[i], wanted.masks[i])) return;
  check.equal(got.mxcsr, wanted.mxcsr, "MXCSR");
}

// `function` runs while the registers hold values.
template <class Function>
void kept_over(std::string_view name, Function&& function) {
  Check check{name};
  fill(wanted, static_cast<u8>(name.size() * 2 + 1));
  fill(got, 0);
  load(wanted);
  function();
  store(got);
  compare(check);
}

void set_xcr0(u64 value) {
  if (!components) return;
  asm volatile("xsetbv" : : "c"(0), "a"(static_cast<u32>(value)), "d"(static_cast<u32>(value >> 32)) : "memory");
}

void leave_often() {
  for (unsigned i = 0; i < 100; ++i) {
    cpuid(0);
    version_op(XENVER_version, nullptr);
  }
}

void be_interrupted() {
  vcpu_set_periodic_timer timer{.period_ns = milliseconds(1)};
  vcpu_op(VCPUOP_set_periodic_timer, 0, &timer);
  events::wait_for_count(timer_port, events::count(timer_port) + 10);
  vcpu_op(VCPUOP_stop_periodic_timer, 0, nullptr);
}

// The CPU has nothing else to do or runs another: the hypervisor puts the registers away.
void sleep() {
  for (unsigned i = 0; i < 5; ++i) {
    u32 before = events::count(timer_port);
    vcpu_set_singleshot_timer timer{.timeout_abs_ns = system_time() + milliseconds(2), .flags = 0};
    vcpu_op(VCPUOP_set_singleshot_timer, 0, &timer);
    while (events::count(timer_port) == before) enable_and_halt();
  }
}

void sleep_with_less() {
  set_xcr0(legacy);
  sleep();
  set_xcr0(components);
}

#define STATE_INSTRUCTION(text) \
  asm volatile(text " (%0)" : : "r"(area.bytes), "a"(static_cast<u32>(components)), "d"(static_cast<u32>(components >> 32)) : "memory")

void xsave() { STATE_INSTRUCTION("xsave64"); }
void xsaveopt() { STATE_INSTRUCTION("xsaveopt64"); }
void xsavec() { STATE_INSTRUCTION("xsavec64"); }

// Saved, overwritten, loaded: what a kernel does when it switches between programs.
void restored(std::string_view name, bool is_there, void (*save)()) {
  Check check{name};
  if (!is_there) return check.skip("CPUID does not show it");
  fill(wanted, 5);
  fill(others, 100);
  std::memset(area.bytes, 0, sizeof area.bytes);
  load(wanted);
  save();
  load(others);
  auto trap = catch_trap([] { STATE_INSTRUCTION("xrstor64"); });
  if (!check.expect(!trap, "XRSTOR raises exception {}", trap ? trap->frame.vector : 0)) return;
  store(got);
  compare(check);
}

u64 read_cr4() {
  u64 value;
  asm volatile("mov %%cr4, %0" : "=r"(value));
  return value;
}

void switch_on() {
  constexpr u64 fxsr = 1 << 9, exceptions = 1 << 10, xsave_on = 1 << 18;
  bool has_xsave = cpuid(1).ecx >> 26 & 1;
  asm volatile("mov %0, %%cr4" : : "r"(read_cr4() | fxsr | exceptions | (has_xsave ? xsave_on : 0)) : "memory");
  if (has_xsave) components = u64{cpuid(0xd).edx} << 32 | cpuid(0xd).eax;
  set_xcr0(components);
  bool has_wide_masks = cpuid(0).eax >= 7 && (cpuid(7).ebx >> 30 & 1);  // AVX512BW
  if ((components & avx512) == avx512 && has_wide_masks) width = Width::zmm;
  else width = components & avx ? Width::ymm : Width::xmm;
  note("XCR0 {:#x}, registers of {} bytes", components, 16u << static_cast<unsigned>(width));
}

}  // namespace

void test_main() {
  switch_on();
  if (long answer = events::enable_upcalls()) fail("no upcall vector: {}", answer);
  long port = events::bind_virq(VIRQ_TIMER, 0);
  if (port < 0) fail("VIRQ_TIMER cannot be bound: {}", port);
  timer_port = static_cast<u32>(port);
  events::unmask(timer_port);
  kept_over("exits", leave_often);
  kept_over("interrupts", be_interrupted);
  kept_over("sleep", sleep);
  kept_over("sleep_with_less", sleep_with_less);
  u32 forms = components ? cpuid(0xd, 1).eax : 0;
  restored("xsave", components != 0, xsave);
  restored("xsaveopt", forms & 1, xsaveopt);
  restored("xsavec", forms & 2, xsavec);
}

}  // namespace xenolith::guest
