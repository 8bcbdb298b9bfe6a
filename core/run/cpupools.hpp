// SPDX-License-Identifier: MIT
// CpuPools: partitions of the CPUs, each with its domains. Pool 0 is always there. Errors are those of the interface
// (<xen/sysctl.h>, "Error return values of cpupool operations").
#pragma once

#include "core/base/cpu_set.hpp"
#include "core/base/result.hpp"
#include "core/time/system_time.hpp"

namespace xenolith {

class Domain;

class CpuPools {
 public:
  struct Information {
    u32 id;
    u32 domains;
    CpuSet cpus;
    Duration ratelimit;
  };

  // A pool without CPUs. `id` ~0: the lowest that is free. Fails with EEXIST, ENOMEM.
  static Result<u32> create(u32 id);
  // Fails with ENOENT, EBUSY (it has domains, or is pool 0). Its CPUs become free.
  static Result<void> destroy(u32 id);
  // The pool with the lowest id of at least `from`. Fails with ENOENT.
  static Result<Information> at_or_after(u32 from);
  static Result<Information> information(u32 id);  // ENOENT

  // CPU ~0: any. Fail with ENOENT, EINVAL (not online), ENODEV (not free; not in the pool), EBUSY (last one of a pool
  // with domains), EAGAIN (the CPU is still busy leaving a pool).
  static Result<void> add_cpu(u32 id, u32 cpu);
  static Result<void> remove_cpu(u32 id, u32 cpu);
  // Online CPUs in no pool.
  static CpuSet free_cpus();

  // Fails with ENOENT, EINVAL (the pool has no CPUs).
  static Result<void> move(Domain& domain, u32 id);
  // Fails with ENOENT, EINVAL (out of range).
  static Result<void> set_ratelimit(u32 id, Duration limit);
};

}  // namespace xenolith
