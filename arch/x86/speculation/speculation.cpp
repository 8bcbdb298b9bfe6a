// SPDX-License-Identifier: MIT
#include "arch/x86/speculation/speculation.hpp"

#include <arch/cpu.hpp>

#include <array>
#include <atomic>

#include "arch/x86/cpu/descriptors.hpp"
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/speculation/describe.hpp"
#include "core/base/log.hpp"
#include "core/boot/options.hpp"

// The assembly's view of the plan (guest_border.h).
extern "C" {
constinit xenolith::u8 speculation_stuff_rsb = 1;
constinit xenolith::u8 speculation_ibpb_after_exit = 0;
constinit xenolith::u8 speculation_switches_spec_ctrl = 0;
constinit xenolith::u8 speculation_verw = 0;
constinit xenolith::u16 speculation_verw_selector = xenolith::data_selector;
constinit xenolith::u32 speculation_host_spec_ctrl = 0;
}

namespace xenolith::speculation {
namespace {

constinit Wishes wishes;
constinit SpeculationFacts facts;
constinit Mitigations plan;

// Which vCPU ran last on each CPU. Only the CPU itself uses its entry.
struct alignas(arch::cache_line_size) Last {
  u64 tag = 0;
};
constinit std::array<Last, arch::max_cpus> last{};

// What of the option was not understood, to be told when there is a console.
constinit std::array<char, 160> refused{};
constinit size_t refused_length = 0;

// An unknown word is told and the others count: a machine that does not boot is no safer.
Result<void> take_word(std::string_view name, std::string_view value, bool negated) {
  if (take_wish(wishes, name, value, negated) == WordVerdict::taken) return {};
  refused_length += format(std::span{refused}.subspan(refused_length), " {}{}{}", name, value.empty() ? "" : "=", value);
  return {};
}

constinit CustomOption option{
    "spec-ctrl", "What is done against leaks by speculation; without it, what the processor needs.",
    "List of [ <boolean>, xen=<boolean>, pv=<boolean>, hvm=<boolean>, {msr-sc, rsb, md-clear, verw, ibpb-entry, bhb-entry}={<boolean>, pv, "
    "hvm}, bti-thunk={retpoline, lfence, jmp}, {ibrs, ibpb, stibp, ssbd, psfd, l1d-flush, eager-fpu, branch-harden, lock-harden, srb-lock, "
    "unpriv-mmio, gds-mit, div-scrub, bhi-dis-s}=<boolean> ]",
    [](std::string_view text) { return parse_option_list(text, take_word); }};
XENOLITH_REGISTER_OPTION(option);

SpeculationFacts::Vendor read_vendor() {
  CpuidResult name = cpuid(0);
  if (name.ebx == 0x756e6547) return SpeculationFacts::Vendor::intel;                             // Genu
  if (name.ebx == 0x68747541 || name.ebx == 0x6f677948) return SpeculationFacts::Vendor::amd;     // Auth, Hygo
  return SpeculationFacts::Vendor::other;
}

// Intel SDM volume 2A, "CPUID", Figure "Version Information Returned by CPUID in EAX".
void read_model(SpeculationFacts& into) {
  u32 version = cpuid(1).eax;
  into.family = version >> 8 & 0xf;
  into.model = version >> 4 & 0xf;
  if (into.family == 6 || into.family == 15) into.model |= (version >> 16 & 0xf) << 4;
  if (into.family == 15) into.family += version >> 20 & 0xff;
}

void read_features(SpeculationFacts& into) {
  constexpr u32 arch_capabilities_msr = 0x10a, restricted_transactions = 1u << 11;
  if (cpuid(0).eax >= 7) {
    CpuidResult seven = cpuid(7);
    into.leaf7_edx = seven.edx;
    into.has_tsx = seven.ebx & restricted_transactions;
  }
  if (cpuid(0x80000000).eax >= 0x80000008) into.leaf8_ebx = cpuid(0x80000008).ebx;
  if (into.leaf7_edx & leaf7::arch_capabilities) into.capabilities = read_msr_safe(arch_capabilities_msr).value_or(0);
}

// Whether the number of logical processors in a package says that some share a core: leaf 0xb, sub-leaf 0 counts a core's.
bool has_hyperthreads() {
  if (cpuid(0).eax >= 0xb && cpuid(0xb, 0).ebx) return (cpuid(0xb, 0).ebx & 0xffff) > 1;
  return cpuid(0x80000000).eax >= 0x8000001e && (cpuid(0x8000001e).ebx >> 8 & 0xff) > 0;
}

void publish(const Mitigations& made) {
  speculation_stuff_rsb = made.stuff_rsb;
  speculation_ibpb_after_exit = made.ibpb_after_exit;
  speculation_switches_spec_ctrl = made.switches_spec_ctrl;
  speculation_verw = made.verw;
  speculation_host_spec_ctrl = made.host_spec_ctrl;
}

template <class T>
void tell(const char* what, size_t (*describe)(const T&, std::span<char>), const T& about) {
  std::array<char, 200> text;
  size_t length = describe(about, text);
  log_info("  {}: {}", what, std::string_view{text.data(), length});
}

void tell_all() {
  if (refused_length > 0) log_warning("spec-ctrl: not understood:{}", std::string_view{refused.data(), refused_length});
  log_info("Speculative mitigation facilities:");
  tell("Hardware hints", describe_hints, facts);
  tell("Hardware features", describe_features, facts);
  log_info("  Compiled-in support: {}", facts.built_with_thunks ? "INDIRECT_THUNK" : "");
  tell("Xen settings", describe_settings, plan);
  if (facts.is_intel()) log_info("  L1TF: believed{} vulnerable", leaks_l1(facts) ? "" : " not");
  tell("Support for HVM VMs", describe_guests, plan);
}

}  // namespace

const Mitigations& mitigations() { return plan; }
u64 capabilities_for_guests() { return guest_capabilities(facts, plan); }

void initialise() {
  facts.vendor = read_vendor();
  read_model(facts);
  read_features(facts);
  facts.smt = has_hyperthreads();
  facts.built_with_thunks = XENOLITH_INDIRECT_THUNKS;
  plan = decide(facts, wishes);
  publish(plan);
  tell_all();
}

void apply_on_this_cpu() {
  if (plan.switches_spec_ctrl) write_msr(Msr::spec_ctrl, plan.host_spec_ctrl);
}

VcpuSpeculation::VcpuSpeculation() {
  static constinit std::atomic<u64> next{1};
  tag = next.fetch_add(1, std::memory_order_relaxed);  // orders nothing else
}

void switch_to(const VcpuSpeculation& vcpu) {
  u64& tag = last[arch::this_cpu().raw()].tag;
  if (tag == vcpu.tag) return;
  tag = vcpu.tag;
  if (plan.ibpb_between_vcpus) write_msr(Msr::pred_cmd, issue_barrier);
}

void before_entry(const VcpuSpeculation& vcpu) {
  if (plan.l1d_flush) write_msr(Msr::flush_cmd, flush_l1d);
  if (plan.switches_spec_ctrl && vcpu.spec_ctrl != plan.host_spec_ctrl) write_msr(Msr::spec_ctrl, vcpu.spec_ctrl);
}

void issue_barrier_for_guest() { write_msr(Msr::pred_cmd, issue_barrier); }
void flush_l1d_for_guest() { write_msr(Msr::flush_cmd, flush_l1d); }

}  // namespace xenolith::speculation
