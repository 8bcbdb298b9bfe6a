// SPDX-License-Identifier: MIT
// DomainRun: a domain's part in scheduling: weight, cap, cpupool.
#pragma once

#include "core/base/result.hpp"
#include "core/sched/group.hpp"

namespace xenolith {

class Domain;

class DomainRun {
 public:
  explicit DomainRun(Domain& domain);
  ~DomainRun();

  SchedGroup& group() { return group_; }
  u32 pool_id() const { return group_.pool().id(); }

 private:
  SchedGroup group_;
};

}  // namespace xenolith
