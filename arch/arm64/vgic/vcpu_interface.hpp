// SPDX-License-Identifier: MIT
// VcpuInterface: a vCPU's private interrupts and what is handed to the hardware for it. docs/gic.md tells the rules.
#pragma once

#include <array>
#include <atomic>

#include "arch/arm64/gic/virtual_interface.hpp"
#include "arch/arm64/vgic/candidate_set.hpp"
#include "arch/arm64/vgic/lpi_set.hpp"
#include "arch/arm64/vgic/port.hpp"
#include "arch/arm64/vgic/virtual_irq.hpp"

namespace xenolith::vgic {

class Distributor;

class VcpuInterface {
 public:
  VcpuInterface() = default;
  VcpuInterface(const VcpuInterface&) = delete;
  VcpuInterface& operator=(const VcpuInterface&) = delete;
  void attach(Distributor& distributor, unsigned vcpu);

  // ================ any CPU, any context, no lock
  // An edge: pending until the guest takes it.
  void raise(Intid intid);
  void set_line(Intid intid, bool asserted);
  // An SGI; `source` counts for GICv2 only.
  void raise_sgi(Intid intid, unsigned source);
  // The interrupt is pending or active: what came before has not been dealt with.
  bool is_in_use(Intid intid) const { return irq(intid).load().has(IrqWord::latch | IrqWord::active | IrqWord::loaded); }
  void raise_lpi(Intid intid);
  void post(u32 intid);  // `intid` has become relevant for this vCPU
  void call_in();        // something has changed of what it may have in its list registers: it looks at its next entry, which comes soon

  // ================ the vCPU's own CPU, interrupts off
  // Gets this CPU's hardware, and gives it back.
  void load(gic::VirtualInterface& hardware);
  void save();
  // Between load() and save(). List registers stay as the guest left them until there is something new.
  void before_entry() {
    if (!is_filled_ || news_.load(std::memory_order_seq_cst)) fill_lists();  // pairs with call_in()
  }
  void after_exit() {
    if (must_look_) collect();
  }
  // Reads back what the guest did: until before_entry() all is in the words.
  [[gnu::noinline]] void collect();
  // Would the guest take an interrupt now, its own PSTATE aside? Not between before_entry() and after_exit().
  bool has_deliverable();

  // ================ the vCPU does not run
  // As after a reset of the vCPU. The machine's interrupts that are linked are ended.
  void reset();

  // ================ for the registers
  VirtualIrq& irq(Intid intid) { return private_[clamp_index_speculative(intid.raw(), gic::private_count)]; }
  const VirtualIrq& irq(Intid intid) const { return private_[clamp_index_speculative(intid.raw(), gic::private_count)]; }
  // GICv2: which vCPUs' SGIs wait.
  u8 sgi_sources(u32 sgi) const { return sgi_sources_[sgi % gic::sgi_count].load(std::memory_order_relaxed); }
  void clear_sgi_sources(u32 sgi, u8 sources);
  // Private interrupts that are linked with the machine's, from the start.
  void link_hardware(Intid intid);
  // From the start: LPIs come, and wait there.
  void use_lpis(LpiSet& lpis) { lpis_ = &lpis; }
  gic::VirtualInterfaceState& state() { return state_; }  // while saved
  unsigned number() const { return number_; }

 private:
  static constexpr unsigned most = gic::VirtualInterface::most_list_registers;
  // What goes to the hardware, best first.
  struct Choice {
    u32 intid, raw;
    IrqWord word() const { return {raw}; }
  };
  struct Choices {
    std::array<Choice, most> list;  // without values but for the first `count`
    unsigned count = 0;
    bool pending_left = false;  // deliverable ones that found no place
    bool active_left = false;
    bool removed = false;       // some were no candidates any more
    Choice best_left{};         // of the deliverable ones
  };
  struct Loaded {
    u32 intid = 0;
    bool is_loaded = false;
    bool by_latch = false;  // pending not, or not only, by its line
  };

  VirtualIrq* find(u32 intid);
  bool is_mine(u32 intid, IrqWord word) const;
  [[gnu::noinline]] void fill_lists();
  Choices choose();
  void consider(u32 intid, Choices& choices);
  void insert(const Choice& choice, Choices& choices);
  void note_lost(const Choice& lost, Choices& choices);
  gic::ListRegister fill(const Choice& choice, unsigned slot);
  void choose_source(VirtualIrq& irq, u32 sgi, gic::ListRegister& value);
  void clear_lists(unsigned from);
  unsigned fill_lpis(unsigned slot, Choices& choices);
  void fold(unsigned slot, const gic::ListRegister& value);
  void end_one_without_list();

  Distributor* distributor_ = nullptr;
  unsigned number_ = 0;
  // Written by all CPUs.
  CandidateSet candidates_;
  std::array<VirtualIrq, gic::private_count> private_;
  std::array<std::atomic<u8>, gic::sgi_count> sgi_sources_{};
  std::atomic<bool> news_{false};
  LpiSet* lpis_ = nullptr;
  // The own CPU's.
  gic::VirtualInterface* hardware_ = nullptr;  // while loaded
  gic::VirtualInterfaceState state_;
  std::array<Loaded, most> loaded_{};
  unsigned loaded_count_ = 0;   // list registers in use, between before_entry() and collect()
  unsigned stale_ = 0;          // list registers that hold something
  bool is_filled_ = false;      // list registers are what the vCPU is to have, but for news
  bool must_look_ = false;      // ... and have to be read back at the next exit
  bool active_left_ = false;    // something active is in no list register
  std::array<u8, gic::sgi_count> active_source_{};
};

}  // namespace xenolith::vgic
