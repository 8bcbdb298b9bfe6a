// SPDX-License-Identifier: MIT
// The x86 part of a domain and of a vCPU.
#pragma once

#include <array>
#include <atomic>
#include <span>

#include "arch/x86/hvm/cpuid_policy.hpp"
#include "arch/x86/hvm/debug_console.hpp"
#include "arch/x86/hvm/mmio_table.hpp"
#include "arch/x86/hvm/mtrr.hpp"
#include "arch/x86/hvm/port_table.hpp"
#include "arch/x86/hvm/vendor.hpp"
#include "arch/x86/insn/registers.hpp"
#include "arch/x86/speculation/speculation.hpp"
#include "arch/x86/vapic/apic_bus.hpp"
#include "arch/x86/vapic/io_apic_set.hpp"
#include "arch/x86/vapic/local_apic.hpp"
#include "core/memory/frame.hpp"
#include "core/memory/heap_pages.hpp"
#include "core/time/timer.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}  // namespace xenolith

namespace xenolith::arch {

inline constexpr unsigned apic_id_shift = 1;  // a vCPU's APIC ID is twice its number, as Xen's guests know it

// The time stamp counter of a domain. Changes within a DomainChange.
struct DomainTsc {
  GuestCounter counter;      // of vCPUs that are to come
  u32 mode = 0;              // as XEN_DOMCTL_settscinfo has it
  u32 khz = 0;               // 0: the host's
  u32 incarnation = 1;
  bool reads_exit = false;
};

class DomainState {
 public:
  static Result<Own<DomainState>> create(Domain& domain);
  DomainState(Domain& domain, HeapPages slots);
  ~DomainState();

  vapic::ApicBus& apic_bus() { return bus_; }
  vapic::IoApicSet io_apics() const { return vapic::IoApicSet{std::span{io_apics_.data(), io_apic_count_}}; }
  // Before the domain runs. Fails with ENOSPC, and as IoApic::create does.
  Result<void> add_io_apic(const vapic::IoApic::Configuration& configuration, vapic::IoApicPort& port);

  // HVM_PARAM_CALLBACK_IRQ in its vector form: delivered without the local APIC; 0: none.
  std::atomic<u8> callback_vector{0};
  // Counts the changes of the guest-physical map that vCPUs must flush for; see hvm/nested_flush.cpp.
  std::atomic<u64> p2m_generation{1};
  // 12 KiB, a bit for each port: an access makes an exit. Without: all make one.
  HeapPages io_bitmap;
  // Virtual devices: who answers at I/O ports and in guest-physical memory.
  hvm::PortTable ports;
  bool has_ports = false;  // the table is complete; written while vCPUs are built
  hvm::MmioTable mmio;
  hvm::DebugConsole debug_console;
  DomainTsc tsc;
  Own<hvm::CpuidPolicy> cpuid_policy;  // made before the first vCPU is complete; changes only while no vCPU runs

 private:
  static constexpr unsigned most_io_apics = 16;
  HeapPages slots_;
  vapic::ApicBus bus_;
  std::array<Own<vapic::IoApic>, most_io_apics> io_apics_;
  unsigned io_apic_count_ = 0;
};

// A second place where a vCPU's time information is kept up to date.
struct TimeArea {
  FrameRef frame;
  GlobalMapping mapping;
  u64 offset = 0;
};

class VcpuState final : public vapic::LocalApicPort {
 public:
  VcpuState(Vcpu& vcpu, HeapPages apic_page);
  ~VcpuState();

  // LocalApicPort
  void wake() override;
  void release() override;
  void init() override;
  void start(u8 page) override;
  void end_of_interrupt(Vector vector) override;
  SystemTime now() override;
  void set_timer(SystemTime deadline) override;
  SystemTime time_of_tsc(u64 tsc) override;

  GuestRegisters registers;
  hvm::VendorVcpu* hardware = nullptr;
  const HeapPages apic_page;  // the local APIC's registers, where the hardware delivers its interrupts; else nothing
  vapic::LocalApic apic;
  // HVMOP_set_evtchn_upcall_vector: through the local APIC; 0: the domain's callback vector.
  std::atomic<u8> upcall_vector{0};
  // An upcall came while the local APIC was switched off by software, which refuses interrupts: to be tried again.
  std::atomic<bool> upcall_refused{false};

  // Entering and flushing: see hvm/nested_flush.cpp.
  std::atomic<bool> in_guest{false};
  std::atomic<u64> p2m_generation_seen{0};

  u64 xcr0 = 1;
  HeapPages extended_state;  // XSAVE area
  GuestCounter tsc;  // its own CPU's to change, or anybody's while it is off its CPU
  u64 tsc_aux = 0;
  speculation::VcpuSpeculation speculation_state;
  u64 tsc_adjust = 0;
  hvm::Mtrrs mtrrs;
  std::array<u64, 4> debug_addresses{};  // DR0 to DR3 while the vCPU is not loaded
  Own<TimeArea> time_area;  // VCPUOP_register_vcpu_time_memory_area
  u32 time_version = 0;

 private:
  Vcpu& vcpu_;
  Timer apic_timer_;
};

}  // namespace xenolith::arch
