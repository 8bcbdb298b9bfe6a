// SPDX-License-Identifier: MIT
#include "core/domain/domain.hpp"

#include <arch/domain.hpp>
#include <arch/domain_state.hpp>

#include <new>

#include "core/base/log.hpp"
#include "core/control/domain_control.hpp"
#include "core/domain/parts.hpp"
#include "core/domain/end_of_machine.hpp"
#include "core/events/event_queues.hpp"
#include "core/events/event_table.hpp"
#include "core/grants/grant_table.hpp"
#include "core/memory_operations/guest_memory.hpp"
#include "core/run/domain_run.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {
namespace {
constexpr unsigned most_vcpus = 512;  // one page of pointers
constexpr unsigned frames_per_step = 256;
}  // namespace

Domain::Domain(DomainId id, const Configuration& configuration)
    : id_{id},
      control_{configuration.control},
      hardware_{configuration.hardware},
      configuration_{configuration.interface},
      pauses_{1},
      pages_{id} {
  hvm_params[HVM_PARAM_TRIPLE_FAULT_REASON].store(SHUTDOWN_reboot, std::memory_order_relaxed);
}

Result<Ref<Domain>> Domain::create(DomainId id, const Configuration& configuration) {
  if (configuration.interface.max_vcpus == 0 || configuration.interface.max_vcpus > most_vcpus) return Failure{XEN_EINVAL};
  Own<Domain> made = TRY(make<Domain>(id, configuration));
  TRY(made->initialise());
  return Ref<Domain>::adopt(made.release());
}

Result<void> Domain::initialise() {
  shared_info_ = TRY(SharedPage::allocate(id_));
  vcpu_table_ = TRY(HeapPages::allocate());
  vcpus_ = vcpu_table_.as<std::atomic<Vcpu*>>();
  p2m_ = TRY(arch::P2m::create(*this));
  events_ = TRY(create_event_table(*this));
  grants_ = TRY(create_grant_table(*this));
  guest_memory_ = TRY(make<GuestMemory>());
  run_ = TRY(create_domain_run(*this));
  control_part_ = TRY(create_domain_control(*this));
  arch_ = TRY(arch::create_domain_state(*this));
  return {};
}

Domain::~Domain() {
  for (unsigned i = 0; vcpus_ && i < max_vcpus(); ++i) Own<Vcpu>{vcpus_[i].load(std::memory_order_relaxed)}.reset();
}

void Domain::last_reference_gone(Domain* domain) {
  domain->deferred_free_.domain = domain;
  quiescent::defer(domain->deferred_free_, [](quiescent::Deferred& work) {
    Own<Domain>{static_cast<DeferredFree&>(work).domain}.reset();
  });
}

Result<Vcpu*> Domain::build_vcpu(VcpuId id) {
  if (id.raw() >= max_vcpus()) return Failure{XEN_EINVAL};
  return destruction_.with([&](Destruction&) -> Result<Vcpu*> {
    if (Vcpu* there = vcpu(id)) return there;
    if (is_dying()) return Failure{XEN_EINVAL};
    Own<Vcpu> made = TRY(Vcpu::create(*this, id));
    Vcpu* result = made.release();
    vcpus_[id.raw()].store(result, std::memory_order_release);  // pairs with the acquire in vcpu()
    return result;
  });
}

void Domain::shut_down(u8 code) {
  if (shutdown_.exchange(true, std::memory_order_acq_rel)) return;
  latch_shutdown_code(code);
  if (hardware_) end_of_hardware_domain(shutdown_code());
  for_each_vcpu([](Vcpu& vcpu) { vcpu.stop(Vcpu::shutdown); });
  u32 port = control_part_->suspend_port.load(std::memory_order_relaxed);
  if (shutdown_code() == SHUTDOWN_suspend && port != 0 && events_->send(Port{port})) return;
  send_global_virq(VIRQ_DOM_EXC);
}

// Of two vCPUs that go down together at least one sees that both are: each marks itself first, then looks.
void Domain::note_vcpu_down() {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  bool any_up = false;
  for_each_vcpu([&](Vcpu& vcpu) { any_up |= !(vcpu.stops() & Vcpu::down); });
  if (!any_up) shut_down(SHUTDOWN_poweroff);
}

void Domain::latch_shutdown_code(u8 code) {
  u8 none = 0xff;
  shutdown_code_.compare_exchange_strong(none, code, std::memory_order_relaxed);
}

void Domain::resume_from_shutdown() {
  if (!shutdown_.exchange(false, std::memory_order_acq_rel)) return;
  shutdown_code_.store(0xff, std::memory_order_relaxed);
  for_each_vcpu([](Vcpu& vcpu) { vcpu.resume(Vcpu::shutdown); });
}

void Domain::crash_line(Vcpu* vcpu, std::string_view format, std::span<const FormatArgument> arguments) {
  log_line(LogLevel::error, LogSource::hypervisor, format, arguments);
  if (vcpu) {
    log_error("d{} v{} crashed:", id_, vcpu->id());
    arch::dump_vcpu(*vcpu);
  }
  shut_down(SHUTDOWN_crash);
}

void Domain::pause() {
  if (pauses_.fetch_add(1, std::memory_order_acq_rel) == 0)
    for_each_vcpu([](Vcpu& vcpu) { vcpu.run().note_stopped(); });
}

void Domain::unpause() {
  if (pauses_.fetch_sub(1, std::memory_order_acq_rel) == 1)
    for_each_vcpu([](Vcpu& vcpu) { vcpu.run().wake(); });
}

void Domain::pause_sync() {
  pause();
  for_each_vcpu([](Vcpu& vcpu) { vcpu.run().wait_until_off_cpu(); });
}

Result<void> Domain::pause_by_control() {
  // The interface nests toolstack pauses up to 255 deep.
  u32 count = control_pauses_.load(std::memory_order_relaxed);
  do {
    if (count >= 255) return Failure{XEN_EBUSY};
  } while (!control_pauses_.compare_exchange_weak(count, count + 1, std::memory_order_relaxed));
  pause_sync();
  return {};
}

Result<void> Domain::unpause_by_control() {
  u32 count = control_pauses_.load(std::memory_order_relaxed);
  do {
    if (count == 0) return Failure{XEN_EINVAL};
  } while (!control_pauses_.compare_exchange_weak(count, count - 1, std::memory_order_relaxed));
  unpause();
  return {};
}

bool Domain::destroy_step() {
  return destruction_.with([&](Destruction& state) { return destroy_stage(state); });
}

// One step of the current stage. Pages come last: entries of the physical map and grant mappings go first, so that the
// last reference to a frame is the list's.
bool Domain::destroy_stage(Destruction& state) {
  auto next = [&](DestroyStage stage) {
    state.stage = stage;
    return true;
  };
  switch (state.stage) {
    case DestroyStage::stop:
      dying_.store(true, std::memory_order_release);
      control_part_->watchdogs().stop();
      pause_sync();
      return next(DestroyStage::events);
    case DestroyStage::events:
      if (events_->teardown_step()) return true;
      for_each_vcpu([](Vcpu& vcpu) { vcpu.reset_info(); });
      return next(DestroyStage::grants);
    case DestroyStage::grants: return grants_->teardown_step() || next(DestroyStage::physical_map);
    case DestroyStage::physical_map: return p2m_->teardown_step() || next(DestroyStage::pages);
    case DestroyStage::pages: return pages_.release_some(frames_per_step) || (next(DestroyStage::done), false);
    case DestroyStage::done: return false;
  }
  return false;
}

Result<GuestFrame> Domain::frame(Gfn gfn) const {
  for (;;) {
    const arch::P2m::Look look = p2m_->look(gfn);
    const P2mType type = look.entry.type;
    if (!is_frame(type)) return Failure{XEN_EINVAL};
    Frame* frame = frame_entry(look.entry.mfn);
    if (!frame) return Failure{XEN_EINVAL};
    const bool held = frame->try_get(is_own_ram(type) ? id_ : frame->owner());
    FrameRef ref = held ? FrameRef::adopt(*frame) : FrameRef{};
    if (!p2m_->unchanged(look)) continue;  // it changed under us: look again
    if (!held) return Failure{XEN_EINVAL};
    return GuestFrame{std::move(ref), type};
  }
}

Result<FrameRef> Domain::own_writable_frame(Gfn gfn) const {
  GuestFrame found = TRY(frame(gfn));
  if (found.type != P2mType::ram) return Failure{XEN_EINVAL};
  return std::move(found.frame);
}

}  // namespace xenolith
