// SPDX-License-Identifier: MIT
// What the hypervisor wants to know of an Arm machine, from the device tree that it was given. Storage is fixed because this is
// read before there is a heap; at tens of KiB, keep it static. Texts point into the tree's blob.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/result.hpp"
#include "core/device_tree/addresses.hpp"
#include "core/device_tree/interrupts.hpp"
#include "core/device_tree/uart.hpp"

namespace xenolith {

// An array with a fixed room.
template <class T, size_t capacity>
class FixedList {
 public:
  // ENOSPC: full.
  Result<void> add(const T& value) {
    if (count_ == capacity) return Failure{XEN_ENOSPC};
    items_[count_++] = value;
    return {};
  }
  bool empty() const { return count_ == 0; }
  size_t size() const { return count_; }
  const T& operator[](size_t index) const { return items_[index]; }
  T& operator[](size_t index) { return items_[index]; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + count_; }
  std::span<const T> all() const { return {items_.data(), count_}; }

 private:
  std::array<T, capacity> items_{};
  size_t count_ = 0;
};

enum class CpuStart : u8 { none, psci, spin_table, other };

struct HostCpu {
  u64 mpidr = 0;                   // affinity fields of MPIDR_EL1
  CpuStart start = CpuStart::none;
  MachineAddress release_address;  // of a spin table
  u32 clock_frequency = 0;         // Hz; zero: not said
  DeviceTreeNode node;
};

enum class PsciConduit : u8 { none, smc, hvc };

struct HostPsci {
  PsciConduit conduit = PsciConduit::none;  // none: there is no PSCI
  u8 major = 0, minor = 0;                  // 0.1 has no PSCI_VERSION; ask a newer one for its true version
  // Function numbers of version 0.1; zero: not there.
  u32 cpu_on = 0, cpu_off = 0, cpu_suspend = 0, migrate = 0;
};

enum class GicVersion : u8 { none, v2, v3 };

// Hands out MSIs of a GICv2 that are SPIs. Binding "arm,gic-v2m-frame".
struct GicV2mFrame {
  DeviceRange registers;
  u32 spi_base = 0, spi_count = 0;  // zero: as MSI_TYPER says
  DeviceTreeNode node;
};

struct GicIts {
  DeviceRange registers;
  DeviceTreeNode node;
};

struct HostGic {
  GicVersion version = GicVersion::none;
  DeviceTreeNode node;
  DeviceRange distributor;
  // v2: CPU interface; hypervisor and virtual CPU interfaces, size zero where the tree has none.
  DeviceRange cpu_interface, hypervisor_interface, virtual_cpu_interface;
  // v3
  FixedList<DeviceRange, 16> redistributors;
  u64 redistributor_stride = 0;  // bytes; zero: as GICR_TYPER says
  std::optional<GicInterrupt> maintenance;
  FixedList<GicV2mFrame, 16> v2m_frames;
  FixedList<GicIts, 32> its;
};

// Interrupts of the architected timer, all PPIs. Binding "arm,arch_timer".
struct HostTimer {
  std::optional<GicInterrupt> secure_physical, physical, virtual_timer, hypervisor;
  u32 clock_frequency = 0;  // Hz, for firmware that leaves CNTFRQ_EL0 wrong; zero: not said
  DeviceTreeNode node;
};

enum class HostModuleKind : u8 { unknown, kernel, ramdisk, device_tree, xsm };

struct HostModule {
  HostModuleKind kind = HostModuleKind::unknown;
  DeviceRange range;
  std::string_view bootargs;  // empty: none
};

// A domain to be started without tools. Binding "xen,domain".
struct HostDomain {
  DeviceTreeNode node;          // for what else it says
  u64 memory_kib = 0;
  u32 cpus = 1;
  bool vpl011 = false;
  bool enhanced = false;        // "xen,enhanced": with the hypervisor node
  std::optional<HostModule> kernel, ramdisk, device_tree;
};

struct HostDescription {
  FixedList<DeviceRange, 128> memory;         // RAM, as the tree has it
  FixedList<DeviceRange, 128> reserved;       // not to be used: reservation block, /reserved-memory with an address
  FixedList<HostCpu, 256> cpus;               // those that may be started, the first is not always the boot CPU
  HostPsci psci;
  HostGic gic;
  HostTimer timer;
  std::optional<HostUart> uart;               // of `stdout-path`, else of the first alias that is one known
  std::string_view uart_options;              // of `stdout-path` behind the colon: "115200n8"
  std::string_view xen_bootargs, dom0_bootargs;
  FixedList<HostModule, 32> modules;          // of dom0
  FixedList<HostDomain, 16> domains;
  std::string_view model;                     // the machine's name
};

// Fills `result`. What is wrong in a part that can be done without is said in the log and left out. Fails, with the cause in the log,
// when there is nothing to go on with: EINVAL malformed memory, CPUs or GIC; ENOSPC more than there is room for.
Result<void> describe_host(const DeviceTree& tree, HostDescription& result);

}  // namespace xenolith
