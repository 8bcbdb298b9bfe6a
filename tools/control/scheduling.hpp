// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "tools/control/cpu_set.hpp"
#include "tools/control/interface.hpp"
#include "tools/control/port.hpp"

namespace xenolith::tools {

enum class Scheduler : uint32_t {
  credit = XEN_SCHEDULER_CREDIT,
  credit2 = XEN_SCHEDULER_CREDIT2,
  arinc653 = XEN_SCHEDULER_ARINC653,
  rtds = XEN_SCHEDULER_RTDS,
  null = XEN_SCHEDULER_NULL,
};
// "credit", "credit2", "arinc653", "rtds", "null"; "unknown" else.
std::string_view scheduler_name(Scheduler scheduler);
// Throws Error(EINVAL).
Scheduler parse_scheduler(std::string_view name);

// A domain's share, credit and credit2.
struct SchedulingShare {
  uint16_t weight = 256;
  uint16_t cap = 0;  // percent of one CPU; 0: none
};

// A vCPU's or domain's real-time parameters, rtds.
struct RealTimeShare {
  uint32_t period_us = 10000;
  uint32_t budget_us = 4000;
  bool extra_time = true;
};

// credit's settings of a cpupool.
struct CreditSettings {
  uint32_t timeslice_ms = 30;
  uint32_t ratelimit_us = 1000;
  uint32_t migration_delay_us = 0;
};

struct PoolInfo {
  PoolId id;
  Scheduler scheduler{};
  uint32_t domains = 0;
  CpuSet cpus;
};

// The scheduler and cpupools. All throw Error with the hypervisor's errno.
class Scheduling {
 public:
  explicit Scheduling(HypercallPort& port) : port_(port) {}

  Scheduler default_scheduler();

  SchedulingShare share(DomainId domain, Scheduler scheduler);  // credit or credit2
  void set_share(DomainId domain, Scheduler scheduler, SchedulingShare share);
  RealTimeShare real_time(DomainId domain);                  // rtds: the defaults
  void set_real_time(DomainId domain, RealTimeShare share);  // rtds: all vCPUs
  RealTimeShare real_time(DomainId domain, VcpuId vcpu);
  void set_real_time(DomainId domain, VcpuId vcpu, RealTimeShare share);

  CreditSettings credit_settings(PoolId pool);
  void set_credit_settings(PoolId pool, CreditSettings settings);
  uint32_t credit2_ratelimit_us(PoolId pool);
  void set_credit2_ratelimit_us(PoolId pool, uint32_t ratelimit_us);

  std::vector<PoolInfo> pools();
  PoolId create_pool(Scheduler scheduler);
  void destroy_pool(PoolId pool);
  void add_cpu(PoolId pool, CpuId cpu);
  void add_any_cpu(PoolId pool);
  void remove_cpu(PoolId pool, CpuId cpu);  // EAGAIN is retried for a second
  void move_domain(PoolId pool, DomainId domain);
  CpuSet free_cpus();

 private:
  HypercallPort& port_;
};

}  // namespace xenolith::tools
