// SPDX-License-Identifier: MIT
#include <arch/domain.hpp>
#include <arch/domain_state.hpp>
#include <arch/fake.hpp>
#include <arch/guest_memory.hpp>
#include <arch/p2m.hpp>

#include <atomic>
#include <map>
#include <mutex>
#include <cstring>
#include <stdexcept>

#include "arch/host/fake_machine.hpp"
#include "core/domain/domain.hpp"
#include "core/run/dispatcher.hpp"

namespace xenolith {
namespace arch {
Result<Own<DomainState>> create_domain_state(Domain&) { return make<DomainState>(); }
Result<Own<VcpuState>> create_vcpu_state(Vcpu&) { return make<VcpuState>(); }
Result<void> complete_vcpu_state(Vcpu&) { return {}; }
void interrupt_vcpu(Vcpu& vcpu) { ++vcpu.arch().interrupts; }
void event_upcall(Vcpu& vcpu) { ++vcpu.arch().upcalls; }
void dump_vcpu(Vcpu&) {}

namespace {
std::atomic<unsigned> p2m_flushes{0};
std::mutex guest_guard;
std::map<u64, u64> guest_ranges;  // first byte -> end
std::atomic<int> copy_countdown{-1};

bool is_open(u64 first, u64 size) {
  if (copy_countdown >= 0 && copy_countdown-- == 0) return false;
  std::lock_guard hold{guest_guard};
  auto next = guest_ranges.upper_bound(first);
  if (next == guest_ranges.begin()) return false;
  return first + size <= std::prev(next)->second && first + size >= first;
}
}  // namespace

void flush_p2m(Domain&) { ++p2m_flushes; }

Result<void> read_guest(Vcpu&, std::span<std::byte> to, GuestVirtual from) {
  if (!is_open(from.raw(), to.size())) return Failure{XEN_EFAULT};
  std::memcpy(to.data(), reinterpret_cast<const void*>(from.raw()), to.size());
  return {};
}
Result<void> write_guest(Vcpu&, GuestVirtual to, std::span<const std::byte> from) {
  if (!is_open(to.raw(), from.size())) return Failure{XEN_EFAULT};
  std::memcpy(reinterpret_cast<void*>(to.raw()), from.data(), from.size());
  return {};
}

P2m::~P2m() {
  while (teardown_step()) {
  }
}

P2mEntry P2m::lookup(Gfn gfn) const {
  std::lock_guard hold{guard_};
  auto found = entries_.find(gfn);
  return found == entries_.end() ? P2mEntry{} : found->second;
}

void P2m::drop(const P2mEntry& entry, FlushDebt& debt) {
  if (holds_reference(entry.type)) debt.add(FrameRef::adopt(known_frame(entry.mfn)));
}

Result<FlushDebt> P2m::set(Gfn gfn, Mfn mfn, unsigned order, P2mType type) {
  if (void* probe = heap_allocate(8, 8)) heap_free(probe, 8);  // page tables may run out
  else return Failure{XEN_ENOMEM};
  FlushDebt debt{domain_};
  std::lock_guard hold{guard_};
  for (u64 i = 0; i < u64{1} << order; ++i) {
    auto found = entries_.find(gfn + i);
    if (found != entries_.end()) drop(found->second, debt);
    if (type == P2mType::none) entries_.erase(gfn + i);
    else entries_[gfn + i] = P2mEntry{mfn + i, type, 0};
  }
  if (type != P2mType::none) maximum_ = std::max(maximum_, gfn + ((u64{1} << order) - 1));
  return Result<FlushDebt>{std::move(debt)};
}

Result<FlushDebt> P2m::replace(Gfn gfn, P2mEntry expected, Mfn mfn, P2mType type) {
  P2mEntry now = lookup(gfn);
  if (now.mfn != expected.mfn || now.type != expected.type) return Failure{XEN_EAGAIN};
  return set(gfn, mfn, 0, type);
}

bool P2m::teardown_step() {
  FlushDebt debt{domain_};
  std::lock_guard hold{guard_};
  for (int n = 0; n < 64 && !entries_.empty(); ++n) {
    drop(entries_.begin()->second, debt);
    entries_.erase(entries_.begin());
  }
  return !entries_.empty();
}
}  // namespace arch

namespace fake {
GuestRange::GuestRange(void* memory, size_t size) : first_{reinterpret_cast<u64>(memory)} {
  std::lock_guard hold{arch::guest_guard};
  arch::guest_ranges[first_] = first_ + size;
}
GuestRange::~GuestRange() {
  std::lock_guard hold{arch::guest_guard};
  arch::guest_ranges.erase(first_);
}
void fail_guest_copy(int countdown) { arch::copy_countdown = countdown; }
VcpuCalls take_calls(Vcpu& vcpu) { return {vcpu.arch().upcalls.exchange(0), vcpu.arch().interrupts.exchange(0)}; }
unsigned take_p2m_flushes() { return arch::p2m_flushes.exchange(0); }

TestDomain::TestDomain(u16 id, Options options) {
  // Domains need a CPU to be scheduled on.
  static const bool started = (Dispatcher::cpu_starts(), true);
  static_cast<void>(started);
  Domain::Configuration configuration{};
  configuration.interface.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  configuration.interface.max_vcpus = options.vcpus;
  configuration.interface.max_evtchn_port = options.max_event_channels;
  configuration.interface.max_grant_frames = static_cast<i32>(options.max_grant_frames);
  configuration.interface.max_maptrack_frames = static_cast<i32>(options.max_maptrack_frames);
  configuration.interface.grant_opts = 2;
  configuration.control = options.control;
  configuration.hardware = options.hardware;
  auto made = Domain::create(DomainId{id}, configuration);
  if (made.failed()) throw std::runtime_error("no test domain");
  domain_ = made.take();
  domain_->pages().set_maximum(options.max_pages);
  for (unsigned n = 0; n < options.vcpus; ++n)
    if (domain_->build_vcpu(VcpuId{n}).failed()) throw std::runtime_error("no test vCPU");
  if (DomainTable::publish(domain_).failed()) throw std::runtime_error("test domain not published");
  domain_->for_each_vcpu([](Vcpu& vcpu) { vcpu.resume(Vcpu::down); });
  domain_->unpause();
}

TestDomain::~TestDomain() {
  while (domain_->destroy_step()) {
  }
  DomainTable::withdraw(domain_->id());
}

Vcpu& TestDomain::vcpu(unsigned n) const { return *domain_->vcpu(VcpuId{n}); }

std::byte* TestDomain::populate(Gfn gfn) {
  auto mfn = domain_->pages().allocate(0);
  if (mfn.failed() || domain_->p2m().set(gfn, *mfn, 0, P2mType::ram).failed()) throw std::runtime_error("populate");
  return arena_address(*mfn);
}
}  // namespace fake
}  // namespace xenolith
