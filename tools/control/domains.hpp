// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <tools_arch/defaults.hpp>

#include "tools/base/uuid.hpp"
#include "tools/control/interface.hpp"
#include "tools/control/port.hpp"

namespace xenolith::tools {

// What XEN_DOMCTL_createdomain wants. Defaults are those of a PVH guest as xl makes it.
struct DomainSpec {
  std::optional<DomainId> id{};  // none: the hypervisor chooses
  Uuid handle{};
  uint32_t flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;  // XEN_DOMCTL_CDF_*
  uint32_t emulation = arch::default_emulation;
  bool relaxed_msrs = false;
  uint32_t max_vcpus = 1;
  uint32_t max_event_channel_port = 1023;
  int32_t max_grant_frames = -1;  // below 0: the hypervisor's default
  int32_t max_maptrack_frames = -1;
  uint32_t grant_version = arch::default_grant_version;
  PoolId pool{0};
  uint32_t ssid = 0;
  bool serial_line = false;  // Arm: there will be one, whose interrupt the domain needs room for
};

// What the hypervisor chose for an Arm guest; nothing elsewhere.
struct ArchDomain {
  uint32_t gic_version = 0;  // 2 or 3
  uint32_t timer_hz = 0;     // 0: the guest's own register says it
};

enum class ShutdownReason : uint8_t {
  poweroff = SHUTDOWN_poweroff,
  reboot = SHUTDOWN_reboot,
  suspend = SHUTDOWN_suspend,
  crash = SHUTDOWN_crash,
  watchdog = SHUTDOWN_watchdog,
  soft_reset = SHUTDOWN_soft_reset,
};

struct DomainInfo {
  DomainId id;
  Uuid handle{};
  bool hvm = false, hap = false, xenstore = false;
  bool dying = false, shutdown = false, paused = false, blocked = false, running = false, debugged = false;
  ShutdownReason reason{};  // if shutdown; may hold a value beyond those named
  PageCount total, max, outstanding, shared, paged;
  Nanoseconds cpu_time;
  uint32_t online_vcpus = 0;
  uint32_t vcpus = 0;  // one more than the highest vCPU; 0 if there are none yet
  uint32_t ssid = 0;
  PoolId pool;
  uint8_t guest_address_bits = 0;
};

enum class Trigger : uint32_t {
  nmi = XEN_DOMCTL_SENDTRIGGER_NMI,
  reset = XEN_DOMCTL_SENDTRIGGER_RESET,
  init = XEN_DOMCTL_SENDTRIGGER_INIT,
  power = XEN_DOMCTL_SENDTRIGGER_POWER,
  sleep = XEN_DOMCTL_SENDTRIGGER_SLEEP,
};

// Life cycle and properties of domains. All throw Error with the hypervisor's errno, ESRCH if there is no such domain.
class Domains {
 public:
  explicit Domains(HypercallPort& port) : port_(port) {}

  // Paused. `made` gets what the hypervisor chose.
  DomainId create(const DomainSpec& spec, ArchDomain* made = nullptr);
  // Frees the domain's resources; it stays as a zombie while others hold pages of it.
  void destroy(DomainId domain);
  void pause(DomainId domain);
  void unpause(DomainId domain);
  void resume(DomainId domain);  // after a shutdown (suspend cancelled)
  void shutdown(DomainId domain, ShutdownReason reason);

  // Makes the vCPUs; the same number as in DomainSpec.
  void make_vcpus(DomainId domain, uint32_t count);
  void set_max_memory(DomainId domain, KiB limit);
  void set_handle(DomainId domain, const Uuid& handle);
  // 32 or 64: how the guest's kernel runs.
  void set_address_bits(DomainId domain, uint32_t bits);
  // Memory for the domain's nested or shadow page tables (xl's shadow_memory); may be needed before populating.
  void set_paging_memory(DomainId domain, KiB size);
  KiB paging_memory(DomainId domain);

  std::optional<DomainInfo> find(DomainId domain);
  DomainInfo info(DomainId domain);
  // All domains from `first` on, ascending.
  std::vector<DomainInfo> list(DomainId first = DomainId(0));

  void trigger(DomainId domain, Trigger trigger, VcpuId vcpu);
  void set_time_offset(DomainId domain, int64_t seconds);
  // mode: XEN_CPUID_TSC_MODE_* (0 default, 1 always emulate, 2 never emulate).
  void set_tsc(DomainId domain, uint32_t mode, uint32_t khz = 0);
  void set_debugging(DomainId domain, bool on);
  // `virq` is from now on delivered to `domain` instead of dom0 (VIRQ_DOM_EXC, VIRQ_CONSOLE, VIRQ_ARGO).
  void set_virq_handler(DomainId domain, uint32_t virq);
  // `domain` may act on `target` as its device model.
  void set_target(DomainId domain, DomainId target);
  // Arm: the guest gets an SBSA UART whose other end is the ring in that page of its, served by `console_domain`. Returns the ring's
  // port, of the guest.
  Port make_serial_line(DomainId domain, Gfn ring, DomainId console_domain);
  void permit_ports(DomainId domain, uint32_t first, uint32_t count, bool allow);
  void permit_memory(DomainId domain, uint64_t first_frame, PageCount count, bool allow);
  void permit_irq(DomainId domain, uint32_t irq, bool allow);

 private:
  HypercallPort& port_;
};

}  // namespace xenolith::tools
