// SPDX-License-Identifier: MIT
// Instructions that make an exit, with and without redundant prefixes, all written to one place in turn: the hypervisor must go on behind
// the instruction that is there now, however long it is.
#include <span>

#include "guests/framework/test.hpp"

extern "C" {
#include <xen/version.h>
}

namespace xenolith::guest {
namespace {

constexpr u32 efer_msr = 0xc0000080;
constexpr u64 marker = 0x12345678;

struct Registers {
  u64 rax = 0, rbx = 0, rcx = 0, rdx = 0, r11 = 0;
};

constinit Page code{};

void put(size_t& at, std::span<const u8> bytes) {
  for (u8 byte : bytes) code.bytes[at++] = byte;
}

// Prefixes and instruction, then `mov $marker, %r11d; ret`: entered anywhere but at its first byte, that sets something else.
void write_code(std::span<const u8> prefixes, std::span<const u8> instruction) {
  constexpr u8 set_marker[] = {0x41, 0xbb, 0x78, 0x56, 0x34, 0x12}, leave[] = {0xc3};
  size_t at = 0;
  put(at, prefixes);
  put(at, instruction);
  put(at, set_marker);
  put(at, leave);
}

void run_code(Registers& r) {
  register u64 marked asm("r11") = 0;
  u64 first = XENVER_version, second = 0;
  const u64 target = reinterpret_cast<u64>(code.bytes);
  asm volatile("call *%[target]"
               : "+a"(r.rax), "+b"(r.rbx), "+c"(r.rcx), "+d"(r.rdx), "+r"(marked), "+D"(first), "+S"(second)
               : [target] "r"(target)
               : "r8", "r9", "r10", "memory", "cc");
  r.r11 = marked;
}

struct Prefixes {
  std::string_view name;
  u8 bytes[3];
  size_t count;
};
// Not the repeat prefixes: with them some opcodes are other instructions on newer processors.
constexpr Prefixes variants[] = {
    {"none", {}, 0},          {"operand size", {0x66}, 1}, {"segment", {0x2e}, 1}, {"REX.W", {0x48}, 1},
    {"three", {0x2e, 0x66, 0x48}, 3}, {"none again", {}, 0},
};

// Runs `instruction` with each of the prefixes, beginning with `before`, and has the registers examined.
template <class Examine>
void each_variant(Check& check, std::span<const u8> instruction, const Registers& before, Examine examine) {
  for (const Prefixes& prefixes : variants) {
    write_code({prefixes.bytes, prefixes.count}, instruction);
    Registers registers = before;
    std::optional<Catch> trap = catch_trap([&] { run_code(registers); });
    if (!check.expect(!trap, "prefix {}: exception {}", prefixes.name, trap ? trap->frame.vector : 0)) return;
    if (!check.expect(registers.r11 == marker, "prefix {}: went on in the middle of an instruction", prefixes.name)) return;
    if (!check.expect(examine(registers), "prefix {}: wrong result {:#x}", prefixes.name, registers.rax)) return;
  }
}

void cpuid_with_prefixes() {
  Check check{"cpuid"};
  constexpr u8 instruction[] = {0x0f, 0xa2};
  const CpuidLeaf expected = cpuid(0);
  each_variant(check, instruction, {}, [&](const Registers& r) { return r.rax == expected.eax && r.rbx == expected.ebx; });
}

void rdmsr_with_prefixes() {
  Check check{"rdmsr"};
  constexpr u8 instruction[] = {0x0f, 0x32};
  const u64 expected = read_msr(efer_msr);
  each_variant(check, instruction, {.rcx = efer_msr}, [&](const Registers& r) { return (r.rdx << 32 | r.rax) == expected; });
}

void wrmsr_with_prefixes() {
  Check check{"wrmsr"};
  constexpr u8 instruction[] = {0x0f, 0x30};
  const u64 value = read_msr(efer_msr);
  each_variant(check, instruction, {.rax = static_cast<u32>(value), .rcx = efer_msr, .rdx = value >> 32},
               [&](const Registers&) { return read_msr(efer_msr) == value; });
}

// VMMCALL or VMCALL, as the hypercall page has it for this processor.
void hypercall_with_prefixes() {
  Check check{"hypercall"};
  constexpr u32 intel = 0x756e6547;  // "Genu"
  const u8 instruction[] = {0x0f, 0x01, static_cast<u8>(cpuid(0).ebx == intel ? 0xc1 : 0xd9)};
  const long expected = version_op(XENVER_version, nullptr);
  each_variant(check, instruction, {.rax = __HYPERVISOR_xen_version},
               [&](const Registers& r) { return static_cast<long>(r.rax) == expected; });
}

}  // namespace

void test_main() {
  cpuid_with_prefixes();
  rdmsr_with_prefixes();
  wrmsr_with_prefixes();
  hypercall_with_prefixes();
}

}  // namespace xenolith::guest
