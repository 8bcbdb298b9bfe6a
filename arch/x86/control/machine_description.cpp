// SPDX-License-Identifier: MIT
// What tools are told of the processors.
#include <arch/control.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

#include "arch/x86/control/cpu_numbers.hpp"
#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/machine/host.hpp"
#include "arch/x86/time/time.hpp"
#include "core/acpi/madt.hpp"
#include "core/base/bits.hpp"

namespace xenolith {

CpuNumbers numbers_of(CpuId cpu) {
  const CpuBlock* block = cpu_block(cpu);
  CpuNumbers numbers{block ? block->apic_id : ~u32{0}, ~u32{0}};
  auto table = machine::acpi() ? machine::acpi()->find("APIC") : std::nullopt;
  if (!table) return numbers;
  Result<Madt> madt = Madt::create(*table);
  if (madt.failed()) return numbers;
  madt->for_each([&](const MadtEntry& entry) {
    if (entry.is_processor() && entry.apic_id() == numbers.apic_id) numbers.acpi_id = entry.processor_uid();
  });
  return numbers;
}

namespace arch {
namespace {

// How many low bits of an APIC ID tell threads of a core, and threads and cores of a package, apart
// (Intel SDM volume 3, section 9.9.3 "Hierarchical ID of Logical Processors in an MP System").
struct IdBits {
  unsigned thread, package;
};

unsigned bits_for(u32 count) { return count > 1 ? static_cast<unsigned>(std::bit_width(count - 1)) : 0; }

IdBits extended_topology_bits() {
  IdBits bits{0, 0};
  for (u32 level = 0; level < 8; ++level) {
    CpuidResult leaf = cpuid(0xb, level);
    u32 type = Bits<15, 8>::get(leaf.ecx), shift = Bits<4, 0>::get(leaf.eax);
    if (type == 0) break;
    if (type == 1) bits.thread = shift;
    bits.package = shift;
  }
  return bits;
}

IdBits id_bits() {
  u32 basic = cpuid(0).eax, extended = cpuid(0x8000'0000).eax;
  if (basic >= 0xb && cpuid(0xb).ebx != 0) return extended_topology_bits();
  CpuidResult features = cpuid(1);
  bool several = (features.edx & bit(28)) != 0;  // HTT
  u32 logical = several ? static_cast<u32>(Bits<23, 16>::get(features.ebx)) : 1;
  u32 cores = 1;
  if (extended >= 0x8000'0008 && cpuid(0x8000'0008).ecx != 0) cores = Bits<7, 0>::get(cpuid(0x8000'0008).ecx) + 1;
  else if (basic >= 4 && several) cores = Bits<31, 26>::get(cpuid(4).eax) + 1;
  unsigned package = bits_for(std::max(logical, cores));
  unsigned core = bits_for(cores);
  return {package - std::min(core, package), package};
}

// The words of Xen's feature sets, in the order of the array (<xen/arch-x86/cpufeatureset.h>).
void fill_features(u32 (&words)[8]) {
  CpuidResult basic = cpuid(1), extended{}, structured{}, sizes{}, save{};
  u32 highest = cpuid(0).eax, highest_extended = cpuid(0x8000'0000).eax;
  if (highest >= 7) structured = cpuid(7, 0);
  if (highest >= 0xd) save = cpuid(0xd, 1);
  if (highest_extended >= 0x8000'0001) extended = cpuid(0x8000'0001);
  if (highest_extended >= 0x8000'0007) sizes = cpuid(0x8000'0007);
  u32 all[8] = {basic.edx, basic.ecx, extended.edx, extended.ecx, save.eax, structured.ebx, structured.ecx, sizes.edx};
  std::memcpy(words, all, sizeof(words));
}

}  // namespace

CpuPlace place_of(CpuId cpu) {
  IdBits bits = id_bits();
  u32 id = numbers_of(cpu).apic_id;
  u32 in_package = id & static_cast<u32>(bit(bits.package) - 1);
  return {.core = in_package >> bits.thread, .socket = bits.package < 32 ? id >> bits.package : 0, .node = 0};
}

// Counted rather than computed: firmware leaves gaps in the numbers.
void describe_machine(xen_sysctl_physinfo& info) {
  u32 threads = 0, in_socket = 0;
  CpuPlace first = place_of(CpuId{0});
  for (unsigned i = 0; i < max_cpus; ++i) {
    if (!cpu_block(CpuId{i})) continue;
    CpuPlace place = place_of(CpuId{i});
    if (place.socket != first.socket) continue;
    ++in_socket;
    if (place.core == first.core) ++threads;
  }
  info.threads_per_core = std::max(threads, 1u);
  info.cores_per_socket = std::max(in_socket / info.threads_per_core, 1u);
  info.cpu_khz = static_cast<u32>(tsc_hz() / 1000);
  info.capabilities = XEN_SYSCTL_PHYSCAP_hvm | XEN_SYSCTL_PHYSCAP_hap;
  fill_features(info.hw_cap);
}

void describe_cpu(CpuId cpu, xenpf_pcpuinfo& info) {
  CpuNumbers numbers = numbers_of(cpu);
  info.apic_id = numbers.apic_id;
  info.acpi_id = numbers.acpi_id;
}

// All processors of a machine are of one kind.
void describe_cpu_version(CpuId, xenpf_pcpu_version& version) {
  CpuidResult vendor = cpuid(0);
  u32 words[] = {vendor.ebx, vendor.edx, vendor.ecx};
  static_assert(sizeof(words) == sizeof(version.vendor_id));
  std::memcpy(version.vendor_id, words, sizeof(words));
  u32 signature = cpuid(1).eax;
  u32 family = Bits<11, 8>::get(signature), model = Bits<7, 4>::get(signature);
  if (family == 15 || family == 6) model |= Bits<19, 16>::get(signature) << 4;
  if (family == 15) family += Bits<27, 20>::get(signature);
  version.family = family;
  version.model = model;
  version.stepping = Bits<3, 0>::get(signature);
}

unsigned guest_address_bits(const Domain&) {
  return cpuid(0x8000'0000).eax >= 0x8000'0008 ? Bits<7, 0>::get(cpuid(0x8000'0008).eax) : 36;
}

}  // namespace arch
}  // namespace xenolith
