// SPDX-License-Identifier: MIT
#include "core/control/hvm_op.hpp"

#include <arch/control.hpp>

#include "core/base/interface.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {

HypercallOutcome flush_tlbs(Vcpu& caller, const HypercallArguments& arguments) {
  if (arguments[1] != 0) return Failure{XEN_EINVAL};
  arch::flush_guest_tlbs(caller.domain());
  return i64{0};
}

HypercallOutcome get_time(Vcpu& caller, const HypercallArguments& arguments) {
  return GuestHandle<xen_hvm_get_time_t>{arguments[1]}.write(caller, {static_cast<u64>(now().raw())});
}

hvmmem_type_t interface_type(P2mType type) {
  switch (type) {
    case P2mType::ram:
    case P2mType::logdirty:
    case P2mType::foreign:
    case P2mType::shared_frame:
    case P2mType::grant_writable: return HVMMEM_ram_rw;
    case P2mType::ram_read_only:
    case P2mType::grant_read_only: return HVMMEM_ram_ro;
    case P2mType::ioreq_server: return HVMMEM_ioreq_server;
    case P2mType::mmio_direct:
    case P2mType::none: return HVMMEM_mmio_dm;
  }
  return HVMMEM_mmio_dm;
}

HypercallOutcome get_memory_type(Vcpu& caller, const HypercallArguments& arguments) {
  GuestHandle<xen_hvm_get_mem_type_t> handle{arguments[1]};
  auto request = TRY(handle.read(caller));
  Domain* domain = TRY(DomainTable::find(caller, request.domid));
  if (domain != &caller.domain() && !caller.domain().may_emulate(*domain)) return Failure{XEN_EPERM};
  request.mem_type = static_cast<u16>(interface_type(domain->p2m().lookup(Gfn{request.pfn}).type));
  return handle.write(caller, request);
}

// Nothing is traced: the record is checked and dropped.
HypercallOutcome trace(Vcpu& caller, const HypercallArguments& arguments) {
  auto record = TRY(GuestHandle<xen_hvm_xentrace_t>{arguments[1]}.read(caller));
  if (record.extra_bytes > sizeof(record.extra)) return Failure{XEN_EINVAL};
  return i64{0};
}

// A hint for hypervisors that shadow page tables.
HypercallOutcome page_table_dying(Vcpu&, const HypercallArguments&) { return Failure{XEN_ENOSYS}; }

HypercallOutcome unsupported(Vcpu&, const HypercallArguments&) { return Failure{XEN_EOPNOTSUPP}; }

constexpr HypercallRow rows[] = {
    {HVMOP_set_param, "set_param", Caller::any, hvm_parameters::set},
    {HVMOP_get_param, "get_param", Caller::any, hvm_parameters::get},
    {HVMOP_flush_tlbs, "flush_tlbs", Caller::any, flush_tlbs},
    {HVMOP_get_time, "get_time", Caller::any, get_time},
    {HVMOP_get_mem_type, "get_mem_type", Caller::any, get_memory_type},
    {HVMOP_xentrace, "xentrace", Caller::any, trace},
    {HVMOP_pagetable_dying, "pagetable_dying", Caller::any, page_table_dying},
    {HVMOP_guest_request_vm_event, "guest_request_vm_event", Caller::any, unsupported},
    {HVMOP_altp2m, "altp2m", Caller::any, unsupported},
};

}  // namespace

HypercallOutcome hvm_op(Vcpu& caller, const HypercallArguments& arguments) {
  u32 number = static_cast<u32>(arguments[0]);
  return dispatch(find_row(rows, number) ? std::span<const HypercallRow>{rows} : arch::hvm_rows(), number, caller, arguments);
}

}  // namespace xenolith
