// SPDX-License-Identifier: MIT
// Telling vCPUs the time.
#include <arch/domain_state.hpp>

#include "arch/x86/hvm/guest_walk.hpp"
#include "arch/x86/time/cpu_time.hpp"
#include "arch/x86/time/time.hpp"
#include "arch/x86/time/time_info.hpp"
#include "core/domain/domain.hpp"

namespace xenolith {

void update_vcpu_time(Vcpu& vcpu) {
  arch::VcpuState& state = vcpu.arch();
  u64 offset = state.hardware ? state.hardware->tsc_offset() : 0;
  vcpu_time_info info = make_time_info(this_cpu_clock().line(), offset, clocks.reliable);
  publish_time_info(&vcpu.info().time, info);
  if (state.time_area) publish_time_info(state.time_area->mapping.as<vcpu_time_info>(state.time_area->offset), info);
}

Result<void> register_time_area(Vcpu& vcpu, const vcpu_register_time_memory_area& area) {
  arch::VcpuState& state = vcpu.arch();
  GuestVirtual address{area.addr.p};
  if (address.raw() == 0) {
    state.time_area.reset();
    return {};
  }
  if (offset_in_page(address) + sizeof(vcpu_time_info) > page_size) return Failure{XEN_EINVAL};
  hvm::Translation place = hvm::translate(vcpu, address, hvm::fault::write);
  if (!place.ok) return Failure{XEN_EFAULT};
  Result<FrameRef> frame = vcpu.domain().own_writable_frame(frame_of(place.address));
  if (frame.failed()) return Failure{XEN_EFAULT};
  Own<arch::TimeArea> made = TRY(make<arch::TimeArea>());
  made->mapping = TRY(arch::GlobalMapping::create(frame->mfn()));
  made->frame = frame.take();
  made->offset = offset_in_page(address);
  state.time_area = std::move(made);
  update_vcpu_time(vcpu);
  return {};
}

}  // namespace xenolith
