// SPDX-License-Identifier: MIT
// The hypervisor's own CPUID leaves (xen/arch-x86/cpuid.h), and what CPUID tells of the processor beside them.
#include "guests/framework/test.hpp"

extern "C" {
#include <xen/arch-x86/cpuid.h>
}

namespace xenolith::guest {
namespace {

void leaves() {
  Check check{"leaves"};
  u32 base = xen_leaves();
  if (!check.expect(base != 0, "no XenVMMXenVMM signature from 0x40000000 on")) return;
  check.equal(base & 0xff, 0u, "low byte of the base");
  u32 highest = cpuid(base).eax;
  check.expect(highest >= base + 4 && highest < base + 0x100, "highest leaf {:#x}", highest);
  CpuidLeaf version = cpuid(base + 1);
  check.equal(version.eax, static_cast<u32>(version_op(XENVER_version, nullptr)), "version");
}

void hypercall_leaf() {
  Check check{"hypercall_pages"};
  CpuidLeaf leaf = cpuid(xen_leaves() + 2);
  check.equal(leaf.eax, 1u, "number of pages");
  check.expect(leaf.ebx >= 0x40000000, "MSR {:#x}", leaf.ebx);
}

// Sub-leaf 0: mode and frequency; 1: scale and offset; 2: the host's frequency.
void time_leaf() {
  Check check{"time"};
  u32 base = xen_leaves();
  u32 kilohertz = cpuid(base + 3, 0).ecx;
  check.expect(kilohertz > 100'000 && kilohertz < 20'000'000, "TSC frequency {} kHz", kilohertz);
  CpuidLeaf scale = cpuid(base + 3, 1);
  const vcpu_time_info& time = this_vcpu_info().time;
  // The leaf has the nominal scale; a vCPU's follows its CPU's clock, which is kept together with the others.
  u32 multiplier = time.tsc_to_system_mul;
  u32 apart = scale.ecx > multiplier ? scale.ecx - multiplier : multiplier - scale.ecx;
  check.expect(apart < scale.ecx / 1000, "multiplier is {:#x}, not about {:#x}", scale.ecx, multiplier);
  check.equal(static_cast<i8>(scale.edx), i8{time.tsc_shift}, "shift");
}

void feature_leaf() {
  Check check{"hvm_features"};
  CpuidLeaf leaf = cpuid(xen_leaves() + 4);
  if (leaf.eax & XEN_HVM_CPUID_VCPU_ID_PRESENT) check.equal(leaf.ebx, this_cpu().id, "vCPU number");
  else check.expect(false, "no vCPU number");
  bool is_first = start_info().flags & SIF_INITDOMAIN;
  if (leaf.eax & XEN_HVM_CPUID_DOMID_PRESENT) check.expect((leaf.ecx == 0) == is_first, "domain number {}", leaf.ecx);
}

void out_of_range() {
  Check check{"beyond_highest"};
  u32 base = xen_leaves();
  CpuidLeaf leaf = cpuid(cpuid(base).eax + 1);
  check.expect((leaf.eax | leaf.ebx | leaf.ecx | leaf.edx) == 0, "not all 0: {:#x} {:#x} {:#x} {:#x}", leaf.eax, leaf.ebx, leaf.ecx,
               leaf.edx);
}

void processor() {
  Check check{"processor"};
  CpuidLeaf features = cpuid(1);
  check.expect(features.ecx >> 31, "the hypervisor bit is off");
  check.expect(features.ecx >> 21 & 1, "no x2APIC");
  check.expect(features.edx >> 9 & 1, "no APIC");
  check.equal(features.ebx >> 24, this_cpu().id * 2, "APIC identifier");
  check.expect(!(features.ecx >> 5 & 1), "VMX is shown");
  check.expect(!(cpuid(0x80000001).ecx >> 2 & 1), "SVM is shown");
  check.expect(!(features.ecx >> 3 & 1), "MONITOR is shown");
  check.expect(cpuid(0x80000001).edx >> 29 & 1, "no long mode");
}

// OSXSAVE and the size of the XSAVE area follow CR4 and XCR0.
void follows_control_registers() {
  Check check{"osxsave"};
  if (!(cpuid(1).ecx >> 26 & 1)) return check.skip("no XSAVE");
  u64 cr4;
  asm volatile("mov %%cr4, %0" : "=r"(cr4));
  check.expect(!(cpuid(1).ecx >> 27 & 1), "on before CR4.OSXSAVE");
  asm volatile("mov %0, %%cr4" : : "r"(cr4 | 1u << 18 | 1u << 9));
  check.expect(cpuid(1).ecx >> 27 & 1, "off with CR4.OSXSAVE");
  asm volatile("xsetbv" : : "a"(1), "d"(0), "c"(0));
  u32 small = cpuid(0xd).ebx;
  check.equal(small, 576u, "area of x87 alone");
  check.expect(cpuid(0xd).ecx >= small, "largest area {}", cpuid(0xd).ecx);
  auto bad = catch_trap([] { asm volatile("xsetbv" : : "a"(2), "d"(0), "c"(0)); });
  check.expect(bad && bad->frame.vector == exception::protection, "XCR0 without x87 is taken");
  asm volatile("mov %0, %%cr4" : : "r"(cr4));
}

}  // namespace

void test_main() {
  leaves();
  hypercall_leaf();
  time_leaf();
  feature_leaf();
  out_of_range();
  processor();
  follows_control_registers();
}

}  // namespace xenolith::guest
