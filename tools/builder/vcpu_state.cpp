// SPDX-License-Identifier: MIT
#include "tools/builder/vcpu_state.hpp"

#include <cpuid.h>

#include <cstring>

namespace xenolith::tools {
namespace {

using Header = HVM_SAVE_TYPE(HEADER);
using Cpu = HVM_SAVE_TYPE(CPU);
using Mtrr = HVM_SAVE_TYPE(MTRR);

constexpr uint16_t header_code = HVM_SAVE_CODE(HEADER);
constexpr uint16_t cpu_code = HVM_SAVE_CODE(CPU);
constexpr uint16_t mtrr_code = HVM_SAVE_CODE(MTRR);

void append(std::vector<uint8_t>& records, const void* content, size_t size) {
  auto bytes = static_cast<const uint8_t*>(content);
  records.insert(records.end(), bytes, bytes + size);
}

void append_descriptor(std::vector<uint8_t>& records, uint16_t code, uint32_t instance, size_t size) {
  hvm_save_descriptor descriptor{code, uint16_t(instance), uint32_t(size)};
  append(records, &descriptor, sizeof descriptor);
}

template <typename T>
void append_record(std::vector<uint8_t>& records, uint16_t code, uint32_t instance, const T& content) {
  append_descriptor(records, code, instance, sizeof content);
  append(records, &content, sizeof content);
}

Cpu start_registers(uint64_t entry, uint64_t start_info) {
  constexpr uint32_t flat_code = 0xc9b, flat_data = 0xc93, busy_tss32 = 0x8b;
  constexpr uint64_t protection = 1 << 0, extension_type = 1 << 4;
  Cpu cpu{};
  cpu.cs_limit = cpu.ds_limit = cpu.es_limit = cpu.ss_limit = ~0u;
  cpu.tr_limit = 0x67;
  cpu.cs_arbytes = flat_code;
  cpu.ds_arbytes = cpu.es_arbytes = cpu.ss_arbytes = flat_data;
  cpu.tr_arbytes = busy_tss32;
  cpu.cr0 = protection | extension_type;
  cpu.rip = entry;
  cpu.rbx = start_info;
  cpu.rflags = 2;  // the bit that is always set
  cpu.dr6 = 0xffff0ff0;
  cpu.dr7 = 0x400;
  return cpu;
}

// As of this CPU: the hypervisor compares, to warn of state that another machine saved. No frequency: the guest keeps
// its own.
Header make_header() {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  __get_cpuid(1, &eax, &ebx, &ecx, &edx);
  return {HVM_FILE_MAGIC, HVM_FILE_VERSION, 0, eax, 0};
}

// The memory types that the hypervisor gave a vCPU, with write-back for all that is not said otherwise.
Mtrr make_mtrr(Vcpus& vcpus, DomainId domain) {
  constexpr uint64_t enabled_write_back = 0x800 | 6;  // IA32_MTRR_DEF_TYPE: enabled, default type
  auto record = vcpus.hvm_record(domain, mtrr_code, 0, sizeof(Mtrr));
  Mtrr mtrr;
  std::memcpy(&mtrr, record.data(), sizeof mtrr);
  mtrr.msr_mtrr_def_type = enabled_write_back;
  return mtrr;
}

}  // namespace

void set_pvh_start_state(Vcpus& vcpus, DomainId domain, uint32_t vcpu_count, uint64_t entry, uint64_t start_info) {
  std::vector<uint8_t> records;
  append_record(records, header_code, 0, make_header());
  Mtrr mtrr = make_mtrr(vcpus, domain);
  for (uint32_t vcpu = 0; vcpu < vcpu_count; ++vcpu) append_record(records, mtrr_code, vcpu, mtrr);
  append_record(records, cpu_code, 0, start_registers(entry, start_info));
  append_descriptor(records, 0, 0, 0);
  vcpus.set_hvm_context(domain, records);
}

}  // namespace xenolith::tools
