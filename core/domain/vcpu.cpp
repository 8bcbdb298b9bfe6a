// SPDX-License-Identifier: MIT
#include "core/domain/vcpu.hpp"

#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/guest_layout.hpp>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/domain/domain.hpp"
#include "core/domain/parts.hpp"
#include "core/events/event_queues.hpp"
#include "core/events/guest_bits.hpp"
#include "core/run/vcpu_run.hpp"

namespace xenolith {

Result<Own<Vcpu>> Vcpu::create(Domain& domain, VcpuId id) {
  Own<Vcpu> vcpu = TRY(make<Vcpu>(domain, id));
  vcpu->info_.store(vcpu->default_info(), std::memory_order_release);
  vcpu->event_queues_ = TRY(create_event_queues(*vcpu));
  vcpu->run_ = TRY(create_vcpu_run(*vcpu));
  vcpu->arch_ = TRY(arch::create_vcpu_state(*vcpu));
  TRY(arch::complete_vcpu_state(*vcpu));
  return vcpu;
}

namespace {

void select_everything(std::byte* info, GuestWordSize words) {
  std::byte* selector = info + arch::shared_places(words).selector;
  if (words == GuestWordSize::bits64) __atomic_store_n(reinterpret_cast<GuestWord64*>(selector), ~u64{0}, __ATOMIC_RELAXED);
  else __atomic_store_n(reinterpret_cast<GuestWord32*>(selector), ~u32{0}, __ATOMIC_RELAXED);
}

}  // namespace

Vcpu::Vcpu(Domain& domain, VcpuId id) : id_{id}, domain_{domain} {}

Vcpu::~Vcpu() = default;

vcpu_info* Vcpu::default_info() const {
  auto& infos = domain_.shared_info().vcpu_info;
  return id_.raw() < std::size(infos) ? &infos[id_.raw()] : const_cast<vcpu_info*>(&unregistered_info_);
}

Result<void> Vcpu::move_info(FrameRef frame, u64 offset) {
  if (info_mapping_) return Failure{XEN_EINVAL};  // once in a vCPU's life
  GuestWordSize words = domain_.words();
  if (offset > page_size - sizeof(vcpu_info) || offset % arch::shared_places(words).vcpu_info_alignment) return Failure{XEN_EINVAL};
  arch::GlobalMapping mapping = TRY(arch::GlobalMapping::create(frame.mfn()));
  auto* target = mapping.as<std::byte>(offset);
  std::memcpy(target, &info(), sizeof(vcpu_info));
  // A send between the copy and the switch may have gone to the old place: all selectors are set, so that the guest
  // looks at every port once (spurious look-ups are part of the interface).
  select_everything(target, words);
  info_.store(reinterpret_cast<vcpu_info*>(target), std::memory_order_release);  // pairs with the acquire in info()
  info_frame_ = std::move(frame);
  info_mapping_ = std::move(mapping);
  raise_upcall();
  return {};
}

void Vcpu::reset_info() {
  info_.store(default_info(), std::memory_order_release);
  info_mapping_ = {};
  info_frame_ = {};
}

u8* Vcpu::upcall_flag() const {
  return reinterpret_cast<u8*>(info_.load(std::memory_order_acquire)) + offsetof(vcpu_info, evtchn_upcall_pending);
}

void Vcpu::raise_upcall() {
  if (__atomic_exchange_n(upcall_flag(), u8{1}, __ATOMIC_SEQ_CST)) return;
  arch::event_upcall(*this);
  kick();
}

bool Vcpu::upcall_pending() const { return __atomic_load_n(upcall_flag(), __ATOMIC_ACQUIRE) != 0; }

bool Vcpu::is_runnable() const {
  return stops_.load(std::memory_order_acquire) == 0 && pauses_.load(std::memory_order_acquire) == 0 &&
         domain_.pause_count() == 0;
}

void Vcpu::stop(Stop reason) {
  stops_.fetch_or(reason, std::memory_order_acq_rel);
  run_->note_stopped();
}

bool Vcpu::resume_if_stopped(Stop reason) {
  // A read first: the common case, nothing to resume, leaves the cache line shared.
  if (!(stops_.load(std::memory_order_seq_cst) & reason)) return false;
  if (!(stops_.fetch_and(~u32{reason}, std::memory_order_acq_rel) & reason)) return false;
  run_->wake();
  return true;
}

void Vcpu::resume(Stop reason) { static_cast<void>(resume_if_stopped(reason)); }

void Vcpu::pause() {
  if (pauses_.fetch_add(1, std::memory_order_acq_rel) == 0) run_->note_stopped();
}

void Vcpu::unpause() {
  if (pauses_.fetch_sub(1, std::memory_order_acq_rel) == 1) run_->wake();
}

void Vcpu::pause_sync() {
  pause();
  run_->wait_until_off_cpu();
}

void Vcpu::kick() {
  if (resume_if_stopped(blocked) || resume_if_stopped(polling)) return;
  arch::interrupt_vcpu(*this);
}

}  // namespace xenolith
