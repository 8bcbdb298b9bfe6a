// SPDX-License-Identifier: MIT
// How a vCPU is told of events.
#include <arch/control.hpp>
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"
#include "core/hypercall/hypercall.hpp"

namespace xenolith::arch {
namespace {

constexpr u8 lowest_vector = 16;  // those below are exceptions

// Events that came before there was a way to tell of them.
void tell_of_pending(Vcpu& vcpu) {
  if (vcpu.upcall_pending()) event_upcall(vcpu);
}

}  // namespace

Result<void> set_event_callback(Domain& domain, u64 value) {
  u64 type = Bits<63, 56>::get(value);
  auto vector = static_cast<u8>(Bits<7, 0>::get(value));
  // Interrupt lines are accepted but never raised: Linux names one only to be taken for enlightened, when it has per-vCPU
  // upcall vectors already.
  if (type == HVM_PARAM_CALLBACK_TYPE_GSI || type == HVM_PARAM_CALLBACK_TYPE_PCI_INTX) {
    domain.arch().callback_vector.store(0, std::memory_order_relaxed);
    return {};
  }
  if (type != HVM_PARAM_CALLBACK_TYPE_VECTOR) return Failure{XEN_EINVAL};
  if (vector < lowest_vector) return Failure{XEN_EINVAL};
  domain.arch().callback_vector.store(vector, std::memory_order_relaxed);
  domain.for_each_vcpu(tell_of_pending);
  return {};
}

namespace {

HypercallOutcome set_upcall_vector(Vcpu& caller, const HypercallArguments& arguments) {
  auto request = TRY(GuestHandle<xen_hvm_evtchn_upcall_vector_t>{arguments[1]}.read(caller));
  if (request.vector < lowest_vector) return Failure{XEN_EINVAL};
  Vcpu* vcpu = caller.domain().vcpu(VcpuId{request.vcpu});
  if (!vcpu) return Failure{XEN_ENOENT};
  vcpu->arch().upcall_vector.store(request.vector, std::memory_order_relaxed);
  tell_of_pending(*vcpu);
  return i64{0};
}

constexpr HypercallRow rows[] = {
    {HVMOP_set_evtchn_upcall_vector, "set_evtchn_upcall_vector", Caller::any, set_upcall_vector},
};

}  // namespace

std::span<const HypercallRow> hvm_rows() { return rows; }

}  // namespace xenolith::arch
