// SPDX-License-Identifier: MIT
#include "core/events/virq.hpp"

#include "core/domain/end_of_machine.hpp"
#include "core/events/event_queues.hpp"
#include "core/events/event_table.hpp"

namespace xenolith {
namespace {
// The id plus one of the domain that handles a global VIRQ; 0: the hardware domain.
constinit std::array<std::atomic<u32>, NR_VIRQS> handlers{};
}  // namespace

bool virq_is_global(u32 virq) {
  return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

void send_virq(Vcpu& vcpu, u32 virq) {
  if (virq >= NR_VIRQS) return;
  Port port{vcpu.event_queues()->virq_ports[virq].load(std::memory_order_relaxed)};
  vcpu.domain().events().notify(port, ChannelState::virq, virq);
}

void send_virq(Domain& domain, u32 virq) {
  if (Vcpu* first = domain.vcpu(VcpuId{0})) send_virq(*first, virq);
}

void send_global_virq(u32 virq) {
  if (virq >= NR_VIRQS) return;
  u32 handler = handlers[virq].load(std::memory_order_relaxed);
  Domain* domain = handler ? DomainTable::find(DomainId{static_cast<u16>(handler - 1)}) : DomainTable::hardware_domain();
  if (domain) send_virq(*domain, virq);
}

Result<void> set_global_virq_handler(const Domain& domain, u32 virq) {
  if (virq >= NR_VIRQS || !virq_is_global(virq)) return Failure{XEN_EINVAL};
  u32 handler = domain.id().raw() + 1u;
  handlers[virq].store(handler, std::memory_order_seq_cst);
  if (!domain.is_dying()) return {};
  give_back_global_virqs(domain.id());  // its teardown may have passed that point already
  return Failure{XEN_EINVAL};
}

void give_back_global_virqs(DomainId domain) {
  for (auto& handler : handlers) {
    u32 gone = domain.raw() + 1u;
    handler.compare_exchange_strong(gone, 0, std::memory_order_seq_cst);
  }
}

}  // namespace xenolith
