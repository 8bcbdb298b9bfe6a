// SPDX-License-Identifier: MIT
#include "arch/x86/svm/svm.hpp"

#include <cstring>

#include "arch/x86/cpu/cpu_block.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/hvm/guest_policy.hpp"
#include "arch/x86/svm/nested_format.hpp"
#include "arch/x86/svm/svm_vcpu.hpp"
#include "core/base/log.hpp"
#include "core/base/own.hpp"
#include "core/boot/options.hpp"
#include "core/time/clock.hpp"
#include "core/time/timer.hpp"

namespace xenolith::svm {
namespace {

constinit Features found;

// What the option svm= takes away.
struct Unused {
  bool next_rip_save, decode_assists, clean_bits, flush_by_asid, pause_filter, tsc_ratio;
};
constinit Unused unused{};

Result<void> take_word(std::string_view name, std::string_view value, bool negated) {
  if (!value.empty()) TRY(parse_option_bool(value));  // the list has looked at what it says
  bool use = !negated;
  if (is_same_option_name(name, "nrip-save")) unused.next_rip_save = !use;
  else if (is_same_option_name(name, "decode-assists")) unused.decode_assists = !use;
  else if (is_same_option_name(name, "clean-bits")) unused.clean_bits = !use;
  else if (is_same_option_name(name, "flush-by-asid")) unused.flush_by_asid = !use;
  else if (is_same_option_name(name, "pause-filter")) unused.pause_filter = !use;
  else if (is_same_option_name(name, "tsc-ratio")) unused.tsc_ratio = !use;
  else return Failure{XEN_EINVAL};
  return {};
}
constinit CustomOption parts_option{
    "svm", "Which optional parts of AMD's virtualisation are used where the processor has them.",
    "nrip-save=<boolean>, decode-assists=<boolean>, clean-bits=<boolean>, flush-by-asid=<boolean>, pause-filter=<boolean>, tsc-ratio=<boolean>",
    [](std::string_view text) { return parse_option_list(text, take_word); }, "all"};
XENOLITH_REGISTER_OPTION(parts_option);

// TSC_RATIO (AMD64 APM volume 2, section 15.30.5): 8 bits in front of the point, 32 behind it.
constexpr TscScaling scaling{.fraction_bits = 32, .integer_bits = 8};
// What is in the register of each CPU, which only that CPU changes; its value after reset is 1.
constinit TscRatio loaded_ratios[arch::max_cpus];

constinit HeapPages* msr_pages = nullptr;
constinit Timer* exit_timers[arch::max_cpus]{};  // the host's timer interrupt ends a guest's stay

// Two bits (read, write) for each MSR in three ranges of 8192 (AMD64 APM volume 2, section 15.11 "MSR Intercepts").
void pass_through(std::byte* bitmap, Msr msr) {
  u32 number = static_cast<u32>(msr);
  u32 bit;
  if (number < 0x2000) bit = number * 2;
  else if (number >= 0xc0000000 && number < 0xc0002000) bit = 0x800 * 8 + (number - 0xc0000000) * 2;
  else return;
  bitmap[bit / 8] &= static_cast<std::byte>(~(3u << bit % 8));
}

Result<void> make_msr_bitmap() {
  static HeapPages pages;
  pages = TRY(HeapPages::allocate(1));
  auto* bitmap = pages.as<std::byte>();
  std::memset(bitmap, 0xff, 2 * page_size);
  // VMLOAD, VMSAVE and VMRUN switch them.
  for (Msr msr : hvm::guest_owned_msrs) pass_through(bitmap, msr);
  msr_pages = &pages;
  return {};
}

class SvmVendor final : public hvm::Vendor {
 public:
  const char* name() const override { return "SVM"; }
  Result<void> enable_on_this_cpu() override;
  Result<hvm::VendorVcpu*> create_vcpu(Vcpu& vcpu) override { return SvmVcpu::create(vcpu); }
  std::span<const u8> hypercall_instruction() const override {
    static constexpr u8 vmmcall[] = {0x0f, 0x01, 0xd9};
    return vmmcall;
  }
  arch::NestedFormat nested_format() const override { return svm::nested_format(found.gib_pages); }
  TscScaling tsc_scaling() const override { return found.tsc_ratio ? scaling : TscScaling{}; }
};
constinit SvmVendor the_vendor;

Result<void> SvmVendor::enable_on_this_cpu() {
  CpuBlock& cpu = this_cpu_block();
  HeapPages host_save = TRY(HeapPages::allocate());
  HeapPages host_vmcb = TRY(HeapPages::allocate());
  exit_timers[arch::this_cpu().raw()] = TRY(make<Timer>([](void*) {}, nullptr, arch::this_cpu())).release();
  if (!msr_pages) TRY(make_msr_bitmap());
  write_msr(Msr::efer, read_msr(Msr::efer) | efer::svme);
  write_msr(Msr::vm_hsave_pa, address_of(host_save.mfn()).raw());
  cpu.host_vmcb = host_vmcb.mfn();
  asm volatile("vmsave %%rax" ::"a"(address_of(cpu.host_vmcb).raw()) : "memory");
  cpu.vendor_pages = {std::move(host_save), std::move(host_vmcb)};
  return {};
}

bool is_locked_off() {
  constexpr u64 svm_disabled = 1 << 4;
  Result<u64> vm_cr = read_msr_safe(static_cast<u32>(Msr::vm_cr));
  return vm_cr && (*vm_cr & svm_disabled);
}

// The signature of QEMU's emulator, "TCGTCGTCGTCG", in the leaf for hypervisors.
bool is_emulated_by_qemu() {
  constexpr u32 hypervisor_bit = 1u << 31, tcgt = 0x54474354, cgtc = 0x43544743, gtcg = 0x47435447;
  if (!(cpuid(1).ecx & hypervisor_bit)) return false;
  CpuidResult leaf = cpuid(0x40000000);
  return leaf.ebx == tcgt && leaf.ecx == cgtc && leaf.edx == gtcg;
}

void read_features() {
  CpuidResult leaf = cpuid(0x8000000a);
  found = {.revision = leaf.eax & 0xff,
           .asids = leaf.ebx,
           .gib_pages = (cpuid(0x80000001).edx & 1u << 26) != 0,
           .nested_paging = (leaf.edx & 1u << 0) != 0,
           .next_rip_save = (leaf.edx & 1u << 3) && !unused.next_rip_save,
           .clean_bits = (leaf.edx & 1u << 5) && !unused.clean_bits,
           .flush_by_asid = (leaf.edx & 1u << 6) && !unused.flush_by_asid,
           .decode_assists = (leaf.edx & 1u << 7) && !unused.decode_assists,
           .pause_filter = (leaf.edx & 1u << 10) && !unused.pause_filter,
           .pause_threshold = (leaf.edx & 1u << 12) != 0,
           .tsc_ratio = (leaf.edx & 1u << 4) && !unused.tsc_ratio,
           .repeats_injected_interrupts = is_emulated_by_qemu()};
}

}  // namespace

const Features& features() { return found; }

void set_tsc_ratio(TscRatio ratio) {
  TscRatio& loaded = loaded_ratios[arch::this_cpu().raw()];
  if (loaded == ratio) return;
  loaded = ratio;
  write_msr(Msr::tsc_ratio, ratio.value >> (TscRatio::fraction_bits - scaling.fraction_bits));
}

void exit_soon() {
  constexpr Duration soon{50'000};
  Timer& timer = *exit_timers[arch::this_cpu().raw()];
  if (!timer.is_set()) timer.set(now() + soon);
}

Mfn msr_bitmap() { return msr_pages->mfn(); }

hvm::Vendor* detect() {
  constexpr u32 svm_bit = 1u << 2;
  if (cpuid(0x80000000).eax < 0x8000000a || !(cpuid(0x80000001).ecx & svm_bit)) return nullptr;
  if (is_locked_off()) {
    log_error("SVM: switched off by the firmware (VM_CR.SVMDIS)");
    return nullptr;
  }
  read_features();
  if (!found.nested_paging) {
    log_error("SVM: this processor has no nested paging");
    return nullptr;
  }
  log_info("HVM: SVM revision {}, {} ASIDs, nested paging{}{}{}{}{}{}", found.revision, found.asids,
           found.next_rip_save ? ", NRIP save" : "", found.clean_bits ? ", clean bits" : "",
           found.flush_by_asid ? ", flush by ASID" : "", found.decode_assists ? ", decode assists" : "",
           found.pause_filter ? ", pause filter" : "", found.tsc_ratio ? ", TSC ratio" : "");
  return &the_vendor;
}

}  // namespace xenolith::svm
