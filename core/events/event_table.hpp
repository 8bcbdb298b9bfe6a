// SPDX-License-Identifier: MIT
// EventTable: a domain's event channels. docs/event-channels.md tells of invariants and locks.
// Source of the operations' rules: <xen/event_channel.h>.
#pragma once

#include <span>

#include "core/events/channel_directory.hpp"
#include "core/events/fifo_array.hpp"
#include "core/events/pirq_ports.hpp"
#include "core/events/two_level.hpp"

namespace xenolith {

class EventTable {
 public:
  static Result<Own<EventTable>> create(Domain& domain);

  // The search for a free port took long and is to be gone on with. ERESTART, which <xen/errno.h> has for the hypervisor only.
  static constexpr Error search_goes_on = static_cast<Error>(85);

  // ---- Operations by which the domain itself, or who may control it, makes channels. They fail with EINVAL when the domain is
  // dying, ENOSPC when the limit is reached, ENOMEM, and search_goes_on when they are to be called again.
  // Who may call is checked before. Not in interrupt context.
  Result<Port> alloc_unbound(DomainId remote);
  // Fails with EINVAL unless `remote_port` of `remote` waits for this domain. The new channel is pending.
  Result<Port> bind_interdomain(Domain& remote, Port remote_port);
  // Fails with EINVAL (no such VIRQ, global VIRQ on another vCPU than 0), ENOENT (no such vCPU), EEXIST.
  Result<Port> bind_virq(u32 virq, VcpuId vcpu);
  Result<Port> bind_ipi(VcpuId vcpu);  // ENOENT
  // Fails with EINVAL (no such PIRQ), EEXIST, or as PirqSource::bind.
  Result<Port> bind_pirq(u32 pirq, bool will_share);
  // A channel whose events go to `consumer` of the hypervisor instead of to the domain; `remote` may bind to it. Never search_goes_on.
  Result<Port> alloc_for_hypervisor(VcpuId vcpu, DomainId remote, ChannelConsumer consumer);

  // ---- Operations on one channel; EINVAL for a port that has none or not one of the right kind.
  Result<void> close(Port port);
  Result<void> send(Port port);
  Result<evtchn_status_t> status(Port port);      // also EACCES: the hypervisor's own
  Result<void> bind_vcpu(Port port, VcpuId vcpu);  // also ENOENT
  Result<void> unmask(Port port);
  Result<void> set_priority(Port port, u32 priority);  // ENOSYS: not FIFO; EACCES: not bound
  // For the hypervisor's own channels; nothing happens if `port` is none.
  void close_for_hypervisor(Port port);
  void send_for_hypervisor(Port port);

  // ---- The FIFO ABI and resetting.
  // Fails with ENOENT, EINVAL, ENOMEM. The first call changes the domain's ABI.
  Result<void> init_control(VcpuId vcpu, Gfn control, u32 offset);
  Result<void> expand_array(Gfn page);  // EOPNOTSUPP: not FIFO; ENOSPC, EINVAL, ENOMEM
  // Closes a bounded number of channels. True when all are closed, and the ABI is 2-level again. Fails with EBUSY when a reset is
  // under way (starting) or none is (resuming), and with EAGAIN when channels were made meanwhile.
  enum class Reset { start, resume };
  Result<bool> reset_step(Reset how);
  // One step of closing everything for good; false when done. Called by Domain::destroy_step.
  bool teardown_step();

  // ---- Settings.
  // Highest port number allowed. Channels above stay.
  void set_limit(u32 highest_port);
  // The width of the guest's words decides the 2-level layout. Set before channels are bound, when the guest's mode is known.
  void set_word_size(GuestWordSize size);
  void set_pirq_source(PirqSource* source) { pirq_source_ = source; }

  // ---- For the hypervisor. Any context unless said otherwise.
  // Makes the channel's port pending if the channel is in the state and bound to the number. False if it is not.
  bool notify(Port port, ChannelState wanted, u32 number);
  bool notify_pirq(u32 pirq) { return notify(pirqs_.port(pirq), ChannelState::pirq, pirq); }
  // Whether a bound port is pending; false for others. Not in interrupt context.
  bool is_pending(Port port);
  bool has_port(Port port) const { return port.raw() != 0 && port.raw() < directory_.size(); }
  bool uses_fifo() const { return fifo_.load(std::memory_order_acquire) != nullptr; }
  // See begin_poll() in core/events/poll.hpp: a vCPU has stopped for polling.
  void note_poller() { polls_.fetch_add(1, std::memory_order_seq_cst); }
  // Prints the first 512 channels in use (debug key e). Not in interrupt context.
  void dump();

 private:
  template <class T, class... A>
  friend Result<Own<T>> make(A&&...);
  friend class Own<EventTable>;

  // What the table's lock guards, beside the making and freeing of ports.
  struct Ports {
    u32 lowest_free = 1;      // no port below is free
    u32 search_next = 0;      // where an unfinished search for a free port goes on; 0: there is none
    u32 limit;                // highest port allowed
    u32 active = 0;           // ports neither free nor reserved
    u32 of_hypervisor = 0;    // those of them that alloc_for_hypervisor() made
    u32 reset_next = 0;       // next port to close; 0: no reset is under way
    u32 teardown_next = 0;
    bool closed = false;      // the domain is being torn down
    Own<FifoArray> fifo;
  };
  enum class Closer { guest, hypervisor, teardown };

  explicit EventTable(Domain& domain);
  ~EventTable() = default;

  Result<Channel*> find_free(Ports& ports);
  Result<Channel*> channel_at(u32 port);
  u32 abi_limit() const;
  Port publish(Ports& ports, Channel& channel, ChannelState state, u32 vcpu, u32 number);

  Result<void> close_locked(Ports& ports, Port port, Closer closer);
  void separate(Channel& channel, Channel* peer);
  void forget_number(Channel& channel, ChannelState state);
  Result<bool> finish_reset(Ports& ports);
  void leave_fifo(Ports& ports);

  void deliver(Channel& channel);
  void deliver_to(Channel& peer);
  bool set_pending_fifo(FifoArray& array, Vcpu* vcpu, Channel& channel);
  void clear_pending(Channel& channel);
  Result<void> enter_fifo(Ports& ports);
  void deliver_early(u32 first, u32 count);
  bool pending_now(Port port) const;
  bool masked_now(Port port) const;
  void wake_pollers(Port port);
  bool dump_channel(Channel& channel);
  Vcpu* vcpu_of(const Channel& channel) const;

  // Read by each send, written seldom.
  Domain& domain_;
  std::atomic<FifoArray*> fifo_{nullptr};  // Ports::fifo; changes while no channel of the domain's own is usable, or from null
  TwoLevelBits two_level_;
  // Polls begun so far, and the value of that when last nobody polled: equal when no vCPU polls.
  std::atomic<u32> polls_{0}, quiet_polls_{0};
  ChannelDirectory directory_;

  alignas(arch::cache_line_size) Locked<Ports, LockRank::event_table> ports_;
  PirqPorts pirqs_;
  PirqSource* pirq_source_ = nullptr;
};

}  // namespace xenolith
