// SPDX-License-Identifier: MIT
// HVMOP_set_param and HVMOP_get_param: who may set which parameter to what.
#include <arch/control.hpp>

#include "core/base/bits.hpp"
#include "core/base/interface.hpp"
#include "core/control/hvm_op.hpp"
#include "core/control/latch_words.hpp"

namespace xenolith::hvm_parameters {
namespace {

enum class Access : u8 {
  none,      // obsolete: nobody
  toolstack, // who controls the domain
  read,      // the domain itself may read it too
  write,     // the domain itself may set it too
};

constexpr bool any_value(u64) { return true; }
constexpr bool is_boolean(u64 value) { return value <= 1; }

struct Rule {
  u8 index;
  Access access;
  bool once = false;  // not to be changed any more when it is not zero
  bool (*is_valid)(u64 value) = any_value;
};

// Parameters that are not listed: none.
constexpr Rule rules[] = {
    {HVM_PARAM_CALLBACK_IRQ, Access::write},
    {HVM_PARAM_STORE_PFN, Access::read},
    {HVM_PARAM_STORE_EVTCHN, Access::write},
    {HVM_PARAM_IOREQ_PFN, Access::toolstack},
    {HVM_PARAM_BUFIOREQ_PFN, Access::toolstack},
    {HVM_PARAM_TIMER_MODE, Access::toolstack, false, [](u64 value) { return value <= HVMPTM_one_missed_tick_pending; }},
    {HVM_PARAM_HPET_ENABLED, Access::toolstack, false, is_boolean},
    {HVM_PARAM_IDENT_PT, Access::toolstack},
    {HVM_PARAM_ACPI_S_STATE, Access::toolstack, false, [](u64 value) { return value == 0 || value == 3; }},
    {HVM_PARAM_VM86_TSS, Access::write},
    {HVM_PARAM_VPT_ALIGN, Access::toolstack, false, is_boolean},
    {HVM_PARAM_CONSOLE_PFN, Access::read},
    {HVM_PARAM_CONSOLE_EVTCHN, Access::write},
    {HVM_PARAM_ACPI_IOPORTS_LOCATION, Access::write, false, is_boolean},
    {HVM_PARAM_PAGING_RING_PFN, Access::toolstack},
    {HVM_PARAM_MONITOR_RING_PFN, Access::toolstack},
    {HVM_PARAM_SHARING_RING_PFN, Access::toolstack},
    {HVM_PARAM_TRIPLE_FAULT_REASON, Access::toolstack, false, [](u64 value) { return value <= SHUTDOWN_MAX; }},
    {HVM_PARAM_IOREQ_SERVER_PFN, Access::toolstack, true},
    {HVM_PARAM_NR_IOREQ_SERVER_PAGES, Access::toolstack, true, [](u64 value) { return value > 0 && value <= 64; }},
    {HVM_PARAM_VM_GENERATION_ID_ADDR, Access::write},
    {HVM_PARAM_ALTP2M, Access::toolstack, true, [](u64 value) { return value == XEN_ALTP2M_disabled; }},  // not offered
    {HVM_PARAM_X87_FIP_WIDTH, Access::write, false, [](u64 value) { return value == 0 || value == 4 || value == 8; }},
    {HVM_PARAM_VM86_TSS_SIZED, Access::write},
    {HVM_PARAM_MCA_CAP, Access::toolstack, true, [](u64 value) { return (value & ~XEN_HVM_MCA_CAP_MASK) == 0; }},
};

// Of what this architecture's interface has and is not offered.
constexpr Rule refused{0, Access::toolstack, true, [](u64 value) { return value == 0; }};

const Rule* rule_of(u32 index) {
  for (u8 parameter : arch::refused_hvm_parameters)
    if (parameter == index) return &refused;
  for (const Rule& rule : rules)
    if (rule.index == index) return &rule;
  return nullptr;
}

// Finds the domain and the rule. `own`: what a domain needs to act on itself.
struct Subject {
  Domain* domain;
  const Rule* rule;
};
Result<Subject> subject(Vcpu& caller, const xen_hvm_param_t& request, Access own) {
  if (request.index >= HVM_NR_PARAMS) return Failure{XEN_EINVAL};
  Domain* domain = TRY(DomainTable::find(caller, request.domid));
  if (!(domain->configuration().flags & XEN_DOMCTL_CDF_hvm)) return Failure{XEN_EINVAL};
  bool itself = domain == &caller.domain();
  if (!itself && !caller.domain().may_emulate(*domain)) return Failure{XEN_EPERM};
  const Rule* rule = rule_of(request.index);
  if (!rule) return Failure{XEN_EINVAL};
  if (itself && rule->access < own) return Failure{XEN_EPERM};
  return Subject{domain, rule};
}

Result<void> set_callback(Vcpu& caller, Domain& domain, u64 value) {
  TRY(arch::set_event_callback(domain, value));
  if (&domain == &caller.domain()) latch_words(domain, caller.call_words());
  return {};
}

}  // namespace

HypercallOutcome set(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<xen_hvm_param_t>{arguments[1]}.read(caller));
  auto [domain, rule] = TRY(subject(caller, request, Access::write));
  std::atomic<u64>& parameter = domain->hvm_params[clamp_index_speculative(request.index, HVM_NR_PARAMS)];
  u64 before = parameter.load(std::memory_order_relaxed);
  if (rule->once && before != 0 && before != request.value) return Failure{XEN_EEXIST};
  if (!rule->is_valid(request.value)) return Failure{XEN_EINVAL};
  if (request.index == HVM_PARAM_CALLBACK_IRQ) TRY(set_callback(caller, *domain, request.value));
  parameter.store(request.value, std::memory_order_relaxed);
  return i64{0};
}

HypercallOutcome get(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<xen_hvm_param_t> handle{arguments[1]};
  auto request = TRY(handle.read(caller));
  Domain* domain = TRY(subject(caller, request, Access::read)).domain;
  u64 index = clamp_index_speculative(request.index, HVM_NR_PARAMS);
  request.value = domain->hvm_params[index].load(std::memory_order_relaxed);
  return handle.write(caller, request);
}

}  // namespace xenolith::hvm_parameters
