// SPDX-License-Identifier: MIT
// Domain: a virtual machine, and the table of all of them.
#pragma once

#include <arch/p2m.hpp>

#include <array>
#include <atomic>
#include <span>

#include "core/base/interface.hpp"
#include "core/base/lock.hpp"
#include "core/base/log.hpp"
#include "core/base/own.hpp"
#include "core/base/units.hpp"
#include "core/memory/page_list.hpp"
#include "core/domain/vcpu.hpp"
#include "core/memory/heap_pages.hpp"
#include "core/run/quiescent.hpp"

namespace xenolith {

class EventTable;
class GrantTable;
class GuestMemory;
class DomainRun;
class DomainControl;
namespace arch {
class DomainState;
}

// A domain's frame, found by guest frame number: the reference keeps it from being freed.
struct GuestFrame {
  FrameRef frame;
  P2mType type;
};

class Domain : public RefCounted<Domain> {
 public:
  struct Configuration {
    xen_domctl_createdomain interface;
    bool control = false;   // may use control operations on others
    bool hardware = false;  // owns the machine's devices; identity-mapped
  };

  // Builds a domain with no memory and no vCPU built, paused once. Fails with ENOMEM, EINVAL, EEXIST. It is visible to
  // find() only after DomainTable::publish().
  static Result<Ref<Domain>> create(DomainId id, const Configuration& configuration);
  ~Domain();
  // Frees the object once no CPU can still hold a pointer from DomainTable::find (see there).
  static void last_reference_gone(Domain* domain);

  DomainId id() const { return id_; }
  bool is_control() const { return control_; }
  bool is_hardware() const { return hardware_; }
  const xen_domctl_createdomain& configuration() const { return configuration_; }
  xen_domain_handle_t& handle() { return configuration_.handle; }
  // May `this` act on `target` as its toolstack (control domain) or device model (set by XEN_DOMCTL_set_target)?
  bool may_control(const Domain& target) const { return control_ || target.id() == target_.load(std::memory_order_relaxed); }
  bool may_emulate(const Domain& target) const { return may_control(target); }
  void set_target(DomainId target) { target_.store(target, std::memory_order_relaxed); }

  // ---- vCPUs: ids below max_vcpus(); a vCPU is there from its building to the end of the domain.
  unsigned max_vcpus() const { return configuration_.max_vcpus; }
  Vcpu* vcpu(VcpuId id) const {
    return id.raw() < max_vcpus() ? vcpus_[id.raw()].load(std::memory_order_acquire) : nullptr;
  }
  Result<Vcpu*> build_vcpu(VcpuId id);
  template <class Function>
  void for_each_vcpu(Function&& function) const {
    for (unsigned i = 0; i < max_vcpus(); ++i)
      if (Vcpu* vcpu = this->vcpu(VcpuId{i})) function(*vcpu);
  }

  // ---- life cycle
  bool is_dying() const { return dying_.load(std::memory_order_acquire); }
  bool is_shut_down() const { return shutdown_.load(std::memory_order_acquire); }
  u8 shutdown_code() const { return shutdown_code_.load(std::memory_order_relaxed); }
  // Stops all vCPUs and tells the control domain (VIRQ_DOM_EXC); code is SHUTDOWN_*. From any vCPU or handler.
  void shut_down(u8 code);
  void resume_from_shutdown();
  // After a vCPU has gone down for good (VCPUOP_down, a halt that nothing ends): a domain with no vCPU left that is up has nothing
  // more to run and is powered off.
  void note_vcpu_down();
  // The code that the domain is going to shut down with, whatever the later call says (SCHEDOP_shutdown_code).
  void latch_shutdown_code(u8 code);
  // Ends the domain because of what it did: prints the reason and the vCPU's registers, then shuts down with
  // SHUTDOWN_crash. The hardware domain's crash ends the machine.
  template <class... Arguments>
  void crash(Vcpu* vcpu, std::string_view text, const Arguments&... arguments) {
    const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
    crash_line(vcpu, text, std::span{list, sizeof...(Arguments)});
  }
  void pause();   // counted
  void unpause();
  u32 pause_count() const { return pauses_.load(std::memory_order_acquire); }
  void pause_sync();
  // A toolstack's pause (XEN_DOMCTL_pausedomain), counted apart and shown as state p.
  Result<void> pause_by_control();
  Result<void> unpause_by_control();
  u32 control_pauses() const { return control_pauses_.load(std::memory_order_relaxed); }

  // Frees the domain's resources in bounded steps; EAGAIN-like: false while there is more to do. The first call marks
  // the domain as dying. Called by XEN_DOMCTL_destroydomain.
  bool destroy_step();

  // ---- memory
  arch::P2m& p2m() const { return *p2m_; }
  PageList& pages() { return pages_; }
  GuestMemory& guest_memory() const { return *guest_memory_; }
  // The frame at `gfn` with a reference, if it is RAM (own, foreign or granted) now. Fails with EINVAL.
  Result<GuestFrame> frame(Gfn gfn) const;
  // The same only for the domain's own RAM that it may write.
  Result<FrameRef> own_writable_frame(Gfn gfn) const;
  SharedPage& shared_info_page() { return shared_info_; }
  // The layout of shared_info and vcpu_info. Set by latch_words() only.
  GuestWordSize words() const { return words_.load(std::memory_order_relaxed); }
  void set_words(GuestWordSize words) { words_.store(words, std::memory_order_relaxed); }
  shared_info_t& shared_info() const { return *shared_info_.as<shared_info_t>(); }

  EventTable& events() const { return *events_; }
  GrantTable& grants() const { return *grants_; }
  DomainRun& run() const { return *run_; }
  DomainControl& control() const { return *control_part_; }
  arch::DomainState& arch() const { return *arch_; }

  // HVM_PARAM_* values, indexed by parameter; checked by the hvm operations.
  std::array<std::atomic<u64>, HVM_NR_PARAMS> hvm_params{};
  std::atomic<u32> vm_assist{0};
  std::atomic<i64> time_offset_seconds{0};
  std::atomic<bool> is_being_debugged{false};

 private:
  template <class T, class... A>
  friend Result<Own<T>> make(A&&...);
  Domain(DomainId id, const Configuration& configuration);
  Result<void> initialise();
  void crash_line(Vcpu* vcpu, std::string_view format, std::span<const FormatArgument> arguments);

  DomainId id_;
  bool control_, hardware_;
  xen_domctl_createdomain configuration_;
  std::atomic<DomainId> target_{DomainId{DOMID_INVALID}};
  std::atomic<bool> dying_{false}, shutdown_{false};
  std::atomic<u8> shutdown_code_{0xff};
  std::atomic<u32> pauses_{0}, control_pauses_{0};
  std::atomic<GuestWordSize> words_{GuestWordSize::bits64};
  enum class DestroyStage : u8 { stop, events, grants, physical_map, pages, done };
  struct Destruction {
    DestroyStage stage = DestroyStage::stop;
  };
  bool destroy_stage(Destruction& state);

  Locked<Destruction, LockRank::domain_control> destruction_;
  struct DeferredFree : quiescent::Deferred {
    Domain* domain = nullptr;
  };
  DeferredFree deferred_free_;
  SharedPage shared_info_;
  PageList pages_;
  Own<arch::P2m> p2m_;
  Own<EventTable> events_;
  Own<GrantTable> grants_;
  Own<GuestMemory> guest_memory_;
  Own<DomainRun> run_;
  Own<DomainControl> control_part_;
  Own<arch::DomainState> arch_;
  HeapPages vcpu_table_;
  std::atomic<Vcpu*>* vcpus_ = nullptr;
};

// All domains. Look-up takes no lock: a Domain found stays valid until the CPU returns to its main loop (Domains
// are freed only after every CPU has passed there: core/run/quiescent.hpp). Keep a Ref for longer.
class DomainTable {
 public:
  static Domain* find(DomainId id);
  // As hypercalls name domains: DOMID_SELF or an id. Fails with ESRCH.
  static Result<Domain*> find(const Vcpu& caller, domid_t id);
  // The first domain with an id of at least `from`, in order of ids; nullptr after the last.
  static Domain* next(DomainId from);
  static Result<void> publish(Ref<Domain> domain);  // EEXIST, ENOMEM
  static void withdraw(DomainId id);
  static void withdraw(const Domain& domain);       // if it is there still
  static Result<DomainId> free_id(DomainId from);   // ENOMEM when all are taken
  static Domain* hardware_domain();
};

// The vCPU that this CPU runs or ran last before entering the hypervisor; not to be asked on an idle CPU.
Vcpu& current_vcpu();

}  // namespace xenolith
