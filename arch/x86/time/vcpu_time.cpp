// SPDX-License-Identifier: MIT
// Telling vCPUs the time.
#include <arch/domain_state.hpp>

#include <array>

#include "arch/x86/hvm/guest_walk.hpp"
#include "arch/x86/time/cpu_time.hpp"
#include "arch/x86/time/time.hpp"
#include "arch/x86/time/time_info.hpp"
#include "core/base/lock.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {
namespace {

// Guards VcpuState::time_area, which another vCPU may change; each lock stands for many vCPUs.
struct alignas(arch::cache_line_size) AreaLock {
  struct Guarded {};
  Locked<Guarded, LockRank::clock, IrqSafety::interrupt> lock;
};
constinit std::array<AreaLock, 64> area_locks;

template <class Function>
void with_area(const Vcpu& vcpu, Function function) {
  u64 index = reinterpret_cast<u64>(&vcpu) / sizeof(Vcpu) % area_locks.size();
  area_locks[index].lock.with([&](AreaLock::Guarded&) { function(vcpu.arch().time_area); });
}

vcpu_time_info info_of(const Vcpu& vcpu) {
  return make_time_info(this_cpu_clock().line(), vcpu.arch().tsc, clocks.reliable);
}

void publish(const Own<arch::TimeArea>& area, const vcpu_time_info& info) {
  if (area) publish_time_info(area->mapping.as<vcpu_time_info>(area->offset), info);
}

Result<Own<arch::TimeArea>> make_area(Vcpu& caller, GuestVirtual place) {
  if (offset_in_page(place) + sizeof(vcpu_time_info) > page_size) return Failure{XEN_EINVAL};
  hvm::Translation found = hvm::translate(caller, place, hvm::fault::write);
  if (!found.ok) return Failure{XEN_EFAULT};
  Result<FrameRef> frame = caller.domain().own_writable_frame(frame_of(found.address));
  if (frame.failed()) return Failure{XEN_EFAULT};
  Own<arch::TimeArea> area = TRY(make<arch::TimeArea>());
  area->mapping = TRY(arch::GlobalMapping::create(frame->mfn()));
  area->frame = frame.take();
  area->offset = offset_in_page(place);
  return Result<Own<arch::TimeArea>>{std::move(area)};
}

}  // namespace

void update_vcpu_time(Vcpu& vcpu) {
  vcpu_time_info info = info_of(vcpu);
  publish_time_info(&vcpu.info().time, info);
  with_area(vcpu, [&](Own<arch::TimeArea>& area) { publish(area, info); });
}

Result<void> register_time_area(Vcpu& vcpu, const vcpu_register_time_memory_area& area) {
  Own<arch::TimeArea> made;
  if (area.addr.p != 0) made = TRY(make_area(current_vcpu(), GuestVirtual{area.addr.p}));
  vcpu_time_info info = info_of(vcpu);  // for another vCPU good enough until it is dispatched the next time
  with_area(vcpu, [&](Own<arch::TimeArea>& present) {
    std::swap(present, made);
    publish(present, info);
  });
  return {};
}

}  // namespace xenolith
