// SPDX-License-Identifier: MIT
#include "arch/x86/control/hvm_context_records.hpp"

#include <arch/domain_state.hpp>

#include <cstring>

#include "arch/x86/hvm/control_register.hpp"
#include "arch/x86/hvm/cpu_record.hpp"
#include "arch/x86/hvm/extended_state.hpp"
#include "arch/x86/hvm/guest_tsc.hpp"
#include "arch/x86/hvm/msr_rules.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::hvm_context {
namespace {

using hvm::CpuRecord;
using hvm::Mtrrs;

template <class T>
T read_as(std::span<const std::byte> content) {
  T value;
  std::memcpy(&value, content.data(), sizeof value);
  return value;
}
template <class T>
void write_as(std::span<std::byte> content, const T& value) {
  std::memcpy(content.data(), &value, sizeof value);
}

// ---- CPU

constexpr u32 cpu_msrs[CpuRecord::msr_count] = {
    static_cast<u32>(Msr::sysenter_cs),  static_cast<u32>(Msr::sysenter_esp),   static_cast<u32>(Msr::sysenter_eip),
    static_cast<u32>(Msr::kernel_gs_base), static_cast<u32>(Msr::lstar),        static_cast<u32>(Msr::star),
    static_cast<u32>(Msr::cstar),        static_cast<u32>(Msr::syscall_mask)};

// A vCPU that is down has no state: it gets one when it is brought up.
bool save_cpu(Vcpu& vcpu, u64 moment, std::span<std::byte> content) {
  if (vcpu.stops() & Vcpu::down) return false;
  arch::VcpuState& state = vcpu.arch();
  const hvm::VendorVcpu& hardware = *state.hardware;
  CpuRecord record;
  record.registers = state.registers;
  record.controls = hardware.controls();
  for (unsigned i = 0; i < CpuRecord::segment_count; ++i) record.segments[i] = hardware.segment(static_cast<Segment>(i));
  record.ldtr = hardware.system_segment(hvm::SystemSegment::ldtr);
  record.tr = hardware.system_segment(hvm::SystemSegment::tr);
  record.gdtr = hardware.gdtr();
  record.idtr = hardware.idtr();
  record.debug_addresses = state.debug_addresses;
  record.dr6 = hardware.dr6();
  record.dr7 = hardware.dr7();
  for (unsigned i = 0; i < CpuRecord::msr_count; ++i)
    record.msrs[i] = {cpu_msrs[i], hardware.read_msr(cpu_msrs[i]).value_or(0)};
  record.tsc_aux = state.tsc_aux;
  record.tsc = state.tsc.at(moment);
  record.has_fpu = true;
  std::memcpy(record.fpu.data(), state.extended_state.address(), record.fpu.size());
  write_as(content, hvm::encode_cpu_record(record));
  return true;
}

void load_tables(hvm::VendorVcpu& hardware, const CpuRecord& record) {
  for (unsigned i = 0; i < CpuRecord::segment_count; ++i) hardware.set_segment(static_cast<Segment>(i), record.segments[i]);
  hardware.set_system_segment(hvm::SystemSegment::ldtr, record.ldtr);
  hardware.set_system_segment(hvm::SystemSegment::tr, record.tr);
  hardware.set_gdtr(record.gdtr);
  hardware.set_idtr(record.idtr);
}

Result<void> load_cpu(Vcpu& vcpu, u64 moment, std::span<const std::byte> content) {
  auto given = read_as<hvm_hw_cpu>(content);
  CpuRecord record = TRY(hvm::decode_cpu_record(given, *vcpu.domain().arch().cpuid_policy));
  arch::VcpuState& state = vcpu.arch();
  hvm::VendorVcpu& hardware = *state.hardware;
  state.registers = record.registers;
  hvm::apply_controls(vcpu, hardware.controls(), record.controls);
  hardware.set_cr2(record.controls.cr2);
  load_tables(hardware, record);
  state.debug_addresses = record.debug_addresses;
  hardware.set_dr6(record.dr6);
  hardware.set_dr7(record.dr7);
  for (const hvm::MsrValue& msr : record.msrs) TRY(hardware.write_msr(msr.number, msr.value));
  state.tsc_aux = record.tsc_aux;
  if (record.tsc != 0) hvm::set_guest_tsc(vcpu, state.tsc.set(record.tsc, moment));
  if (record.has_fpu) hvm::load_legacy_state(vcpu, record.fpu);
  hardware.flush_tlb();
  state.apic.set_waiting_for_startup(false);
  vcpu.resume(Vcpu::down);
  return {};
}

// ---- LAPIC and LAPIC_REGS: one device in two records, each loaded beside the other as it is

struct LocalApicRecords {
  hvm_hw_lapic state;
  hvm_hw_lapic_regs registers;
};
LocalApicRecords apic_of(Vcpu& vcpu) {
  LocalApicRecords records;
  vcpu.arch().apic.export_state(records.state, records.registers);
  return records;
}

bool save_apic(Vcpu& vcpu, u64, std::span<std::byte> content) {
  write_as(content, apic_of(vcpu).state);
  return true;
}
Result<void> load_apic(Vcpu& vcpu, u64, std::span<const std::byte> content) {
  return vcpu.arch().apic.import_state(read_as<hvm_hw_lapic>(content), apic_of(vcpu).registers);
}

bool save_apic_registers(Vcpu& vcpu, u64, std::span<std::byte> content) {
  write_as(content, apic_of(vcpu).registers);
  return true;
}
Result<void> load_apic_registers(Vcpu& vcpu, u64, std::span<const std::byte> content) {
  return vcpu.arch().apic.import_state(apic_of(vcpu).state, read_as<hvm_hw_lapic_regs>(content));
}

// ---- MTRR

constexpr u32 fixed_ranges[NUM_FIXED_MSR] = {0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f};
constexpr u32 pat = static_cast<u32>(Msr::pat);
static_assert(MTRR_VCNT == Mtrrs::variable_ranges && NUM_FIXED_MSR == Mtrrs::fixed_registers);

bool save_mtrrs(Vcpu& vcpu, u64, std::span<std::byte> content) {
  const Mtrrs& mtrrs = vcpu.arch().mtrrs;
  hvm_hw_mtrr record{};
  record.msr_pat_cr = vcpu.arch().hardware->read_msr(pat).value_or(0);
  for (u32 i = 0; i < 2 * MTRR_VCNT; ++i) record.msr_mtrr_var[i] = mtrrs.read(Mtrrs::msr_variable_first + i);
  for (u32 i = 0; i < NUM_FIXED_MSR; ++i) record.msr_mtrr_fixed[i] = mtrrs.read(fixed_ranges[i]);
  record.msr_mtrr_cap = mtrrs.read(Mtrrs::msr_capabilities);
  record.msr_mtrr_def_type = mtrrs.read(Mtrrs::msr_default_type);
  write_as(content, record);
  return true;
}

Result<void> load_mtrrs(Vcpu& vcpu, u64, std::span<const std::byte> content) {
  auto record = read_as<hvm_hw_mtrr>(content);
  unsigned width = vcpu.domain().arch().cpuid_policy->physical_bits();
  Mtrrs mtrrs;
  if (!hvm::is_valid_msr_value(pat, record.msr_pat_cr)) return Failure{XEN_EINVAL};
  if ((record.msr_mtrr_cap & 0xff) > MTRR_VCNT) return Failure{XEN_EINVAL};
  for (u32 i = 0; i < 2 * MTRR_VCNT; ++i)
    TRY(mtrrs.write(Mtrrs::msr_variable_first + i, record.msr_mtrr_var[i], width));
  for (u32 i = 0; i < NUM_FIXED_MSR; ++i) TRY(mtrrs.write(fixed_ranges[i], record.msr_mtrr_fixed[i], width));
  TRY(mtrrs.write(Mtrrs::msr_default_type, record.msr_mtrr_def_type, width));
  vcpu.arch().mtrrs = mtrrs;
  return vcpu.arch().hardware->write_msr(pat, record.msr_pat_cr);
}

// ---- TSC_ADJUST

bool save_tsc_adjust(Vcpu& vcpu, u64, std::span<std::byte> content) {
  write_as(content, hvm_tsc_adjust{vcpu.arch().tsc_adjust});
  return true;
}
Result<void> load_tsc_adjust(Vcpu& vcpu, u64, std::span<const std::byte> content) {
  vcpu.arch().tsc_adjust = read_as<hvm_tsc_adjust>(content).tsc_adjust;
  return {};
}

constexpr RecordKind kinds[] = {
    {HVM_SAVE_CODE(CPU), sizeof(hvm_hw_cpu), save_cpu, load_cpu},
    {HVM_SAVE_CODE(LAPIC), sizeof(hvm_hw_lapic), save_apic, load_apic},
    {HVM_SAVE_CODE(LAPIC_REGS), sizeof(hvm_hw_lapic_regs), save_apic_registers, load_apic_registers},
    {HVM_SAVE_CODE(MTRR), sizeof(hvm_hw_mtrr), save_mtrrs, load_mtrrs},
    {HVM_SAVE_CODE(TSC_ADJUST), sizeof(hvm_tsc_adjust), save_tsc_adjust, load_tsc_adjust},
};

}  // namespace

std::span<const RecordKind> record_kinds() { return kinds; }

const RecordKind* record_kind(u16 type) {
  for (const RecordKind& kind : kinds)
    if (kind.type == type) return &kind;
  return nullptr;
}

}  // namespace xenolith::hvm_context
