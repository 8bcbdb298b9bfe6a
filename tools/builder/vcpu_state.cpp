// SPDX-License-Identifier: MIT
#include "tools/builder/vcpu_state.hpp"

#include <cstring>
#include <optional>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

using Header = HVM_SAVE_TYPE(HEADER);
using Cpu = HVM_SAVE_TYPE(CPU);
using Mtrr = HVM_SAVE_TYPE(MTRR);

constexpr uint16_t header_code = HVM_SAVE_CODE(HEADER);
constexpr uint16_t cpu_code = HVM_SAVE_CODE(CPU);
constexpr uint16_t mtrr_code = HVM_SAVE_CODE(MTRR);

// The content of the first record of a type and instance 0; nullopt if there is none, or it is of another size.
template <typename T>
std::optional<T> find_record(std::span<const uint8_t> records, uint16_t code) {
  while (records.size() >= sizeof(hvm_save_descriptor)) {
    hvm_save_descriptor descriptor;
    std::memcpy(&descriptor, records.data(), sizeof descriptor);
    records = records.subspan(sizeof descriptor);
    if (descriptor.length > records.size()) break;
    if (descriptor.typecode == code && descriptor.instance == 0 && descriptor.length == sizeof(T)) {
      T content;
      std::memcpy(&content, records.data(), sizeof content);
      return content;
    }
    records = records.subspan(descriptor.length);
  }
  return std::nullopt;
}

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

}  // namespace

void set_pvh_start_state(Vcpus& vcpus, DomainId domain, uint32_t vcpu_count, uint64_t entry, uint64_t start_info) {
  // The header tells the hypervisor's version and CPU; only it knows what it wants to see there.
  auto current = vcpus.hvm_context(domain);
  auto header = find_record<Header>(current, header_code);
  if (!header) fail(EPROTO, "the hypervisor's HVM context of domain {} has no header", domain);
  std::vector<uint8_t> records;
  append_record(records, header_code, 0, *header);
  if (auto mtrr = find_record<Mtrr>(current, mtrr_code)) {
    constexpr uint64_t enabled_write_back = 0x800 | 6;  // IA32_MTRR_DEF_TYPE: enabled, default type write-back
    mtrr->msr_mtrr_def_type = enabled_write_back;
    for (uint32_t vcpu = 0; vcpu < vcpu_count; ++vcpu) append_record(records, mtrr_code, vcpu, *mtrr);
  }
  append_record(records, cpu_code, 0, start_registers(entry, start_info));
  append_descriptor(records, 0, 0, 0);
  vcpus.set_hvm_context(domain, records);
}

}  // namespace xenolith::tools
