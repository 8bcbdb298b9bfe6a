// SPDX-License-Identifier: MIT
// Places in a guest's memory that the hypervisor keeps up to date for a vCPU.
#include <arch/control.hpp>
#include <arch/guest_memory.hpp>

#include "core/base/interface.hpp"
#include "core/control/vcpu_op.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith::vcpu_operations {
namespace {

struct MappedFrame {
  FrameRef frame;
  arch::GlobalMapping mapping;
};

Result<MappedFrame> map_frame_at(Vcpu& caller, GuestVirtual address) {
  GuestPhysical place = TRY(arch::translate_guest(caller, address));
  auto frame = caller.domain().own_writable_frame(frame_of(place));
  if (frame.failed()) return Failure{XEN_EFAULT};
  arch::GlobalMapping mapping = TRY(arch::GlobalMapping::create(frame->mfn()));
  return MappedFrame{frame.take(), std::move(mapping)};
}

// The structure may cross into a second page, which lies anywhere in guest-physical memory.
Result<VcpuRun::SharedRunstate> runstate_place(Vcpu& caller, GuestVirtual address) {
  VcpuRun::SharedRunstate place;
  MappedFrame first = TRY(map_frame_at(caller, address));
  place.first = std::move(first.frame);
  place.first_mapping = std::move(first.mapping);
  place.offset = offset_in_page(address);
  place.words = caller.call_words();
  place.active = true;
  if (place.offset + GuestHandle<vcpu_runstate_info>::size_for(caller) <= page_size) return place;
  MappedFrame second = TRY(map_frame_at(caller, address + (page_size - place.offset)));
  place.second = std::move(second.frame);
  place.second_mapping = std::move(second.mapping);
  return place;
}

}  // namespace

HypercallOutcome register_info(Vcpu& caller, const HypercallArguments& arguments) {
  Vcpu* vcpu = TRY(subject(caller, arguments));
  auto request = TRY(GuestHandle<vcpu_register_vcpu_info_t>{arguments[2]}.read(caller));
  // Only the vCPU itself, or nobody, may be using the place that it has now.
  if (vcpu != &caller && !(vcpu->stops() & Vcpu::down)) return Failure{XEN_EINVAL};
  return vcpu->move_info(TRY(caller.domain().own_writable_frame(Gfn{request.mfn})), request.offset);
}

HypercallOutcome register_runstate(Vcpu& caller, const HypercallArguments& arguments) {
  Vcpu* vcpu = TRY(subject(caller, arguments));
  auto request = TRY(GuestHandle<vcpu_register_runstate_memory_area_t>{arguments[2]}.read(caller));
  GuestVirtual address{request.addr.p};
  VcpuRun::SharedRunstate place;
  if (address != GuestVirtual{}) place = TRY(runstate_place(caller, address));
  vcpu->run().share_runstate(std::move(place));
  return i64{0};
}

HypercallOutcome register_time(Vcpu& caller, const HypercallArguments& arguments) {
  Vcpu* vcpu = TRY(subject(caller, arguments));
  auto request = TRY(GuestHandle<vcpu_register_time_memory_area_t>{arguments[2]}.read(caller));
  return arch::share_vcpu_time(caller, *vcpu, GuestVirtual{request.addr.p});
}

}  // namespace xenolith::vcpu_operations
