// SPDX-License-Identifier: MIT
// How a vCPU is told of events.
#include <arch/control.hpp>
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include "core/base/bits.hpp"
#include "core/domain/domain.hpp"

namespace xenolith::arch {
namespace {

constexpr u8 lowest_vector = 16;

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

Result<void> set_upcall_vector(Vcpu& vcpu, u32 vector) {
  if (vector < lowest_vector || vector > 0xff) return Failure{XEN_EINVAL};
  vcpu.arch().upcall_vector.store(static_cast<u8>(vector), std::memory_order_relaxed);
  tell_of_pending(vcpu);
  return {};
}

}  // namespace xenolith::arch
