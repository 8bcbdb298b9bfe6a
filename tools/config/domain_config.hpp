// SPDX-License-Identifier: MIT
// What a domain is to be like: made from an xl.cfg (parse_config) or from the JSON of `xl list -l` and of libxl's userdata files
// (domain_json.hpp). Defaults that depend on the machine are not filled in here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/uuid.hpp"
#include "tools/config/cpu_list.hpp"
#include "tools/config/device_config.hpp"
#include "tools/control/types.hpp"

namespace xenolith::tools {

enum class DomainType : uint8_t { pv, hvm, pvh };

// What to do with a domain that has shut down.
enum class ShutdownAction : uint8_t {
  destroy,
  restart,
  rename_restart,
  preserve,
  coredump_destroy,
  coredump_restart,
  soft_reset
};

enum class TscMode : uint8_t { automatic, always_emulate, native, native_paravirt };  // as XEN_CPUID_TSC_MODE_*
enum class Passthrough : uint8_t { automatic, disabled, enabled, sync_pt, share_pt };

// The share of the CPUs; what is not set is the scheduler's default.
struct SchedulingConfig {
  std::optional<uint32_t> weight;     // 1..65535, credit and credit2
  std::optional<uint32_t> cap;        // percent of a CPU, 0: none
  std::optional<uint32_t> period_us;  // rtds
  std::optional<uint32_t> budget_us;
  std::optional<bool> extra_time;

  bool operator==(const SchedulingConfig&) const = default;
};

// Ranges of host resources that the domain may use.
struct IoPortRange {
  uint32_t first = 0, count = 0;
  bool operator==(const IoPortRange&) const = default;
};
struct IoMemoryRange {
  uint64_t first_frame = 0, count = 0;
  std::optional<uint64_t> guest_frame;
  bool operator==(const IoMemoryRange&) const = default;
};

struct DomainConfig {
  DomainType type = DomainType::pv;
  std::string name;
  std::optional<Uuid> uuid;  // none: a random one at creation
  std::string pool;          // cpupool by name; empty: Pool-0

  std::string kernel;
  std::string ramdisk;
  std::string command_line;  // of the kernel: cmdline, or root and extra
  std::string bootloader;
  std::vector<std::string> bootloader_args;
  std::string firmware;
  std::string device_tree;

  KiB memory{0};      // what the domain starts with
  KiB max_memory{0};  // what it can be ballooned to; at least `memory`
  std::optional<KiB> shadow_memory;
  std::optional<KiB> video_memory;

  uint32_t vcpus = 1;      // online at the start
  uint32_t max_vcpus = 1;  // at least `vcpus`
  // Affinity of vCPU n; vCPUs beyond the end have none.
  std::vector<CpuList> hard_affinity;
  std::vector<CpuList> soft_affinity;
  SchedulingConfig scheduling;

  ShutdownAction on_poweroff = ShutdownAction::destroy;
  ShutdownAction on_reboot = ShutdownAction::restart;
  ShutdownAction on_watchdog = ShutdownAction::destroy;
  ShutdownAction on_crash = ShutdownAction::destroy;
  ShutdownAction on_soft_reset = ShutdownAction::soft_reset;

  std::vector<DiskConfig> disks;
  std::vector<VifConfig> vifs;
  std::vector<ChannelConfig> channels;
  std::vector<std::string> serial;  // HVM: emulated ports, as QEMU's -serial
  bool serial_line = false;         // Arm: an SBSA UART (vuart)

  bool driver_domain = false;
  bool disable_migrate = false;
  bool local_time = false;    // the guest's clock starts with the host's time zone
  int32_t time_offset_s = 0;  // rtc_timeoffset
  std::optional<bool> acpi, apic, hap, nested_hvm, claim, relaxed_msrs, numa_placement;
  TscMode tsc_mode = TscMode::automatic;
  Passthrough passthrough = Passthrough::automatic;
  std::optional<uint32_t> max_grant_frames, max_maptrack_frames, max_grant_version, max_event_channels;
  std::vector<IoPortRange> io_ports;
  std::vector<IoMemoryRange> io_memory;
  std::vector<uint32_t> irqs;
  std::map<std::string, std::string> xenstore_data;  // below /local/domain/N/vm-data
  std::map<std::string, std::string> platform_data;  // below /local/domain/N/platform

  // JSON of members that were read from JSON and that this structure has no place for; written back unchanged. Empty if none.
  std::string other_json;
};

struct ParsedConfig {
  DomainConfig config;
  std::vector<std::string> warnings;  // "FILE:LINE: ..." each
};

// Reads an xl.cfg. file_name is for messages. overrides: "key=value" of a command line; they come after the file, so that they win;
// quotes around a string may be missing. Throws Error(EINVAL) whose message has the file, line, key, value and what was expected.
ParsedConfig parse_config(std::string_view text, const std::string& file_name, std::span<const std::string> overrides = {});

// Turns each affinity into the machine's CPUs: node_of as in CpuList::resolve. Throws Error(EINVAL) if one comes out empty.
void resolve_affinity(DomainConfig& config, std::span<const uint32_t> node_of);

std::string_view action_name(ShutdownAction action);  // as in xl.cfg: "rename-restart"
std::string_view type_name(DomainType type);          // "pvh"

}  // namespace xenolith::tools
