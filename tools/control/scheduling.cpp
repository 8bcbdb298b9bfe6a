// SPDX-License-Identifier: MIT
#include "tools/control/scheduling.hpp"

#include <utility>

#include "tools/control/calls.hpp"

namespace xenolith::tools {
namespace {

constexpr std::pair<Scheduler, std::string_view> names[] = {
    {Scheduler::credit, "credit"}, {Scheduler::credit2, "credit2"}, {Scheduler::arinc653, "arinc653"},
    {Scheduler::rtds, "rtds"},     {Scheduler::null, "null"},
};

xen_domctl share_op(Scheduler scheduler, uint32_t command) {
  xen_domctl op{};
  op.u.scheduler_op.sched_id = uint32_t(scheduler);
  op.u.scheduler_op.cmd = command;
  return op;
}

xen_domctl_sched_rtds encode(RealTimeShare share) {
  return {share.period_us, share.budget_us, share.extra_time ? XEN_DOMCTL_SCHEDRT_extra : 0};
}

RealTimeShare decode(const xen_domctl_sched_rtds& from) {
  return {from.period, from.budget, (from.flags & XEN_DOMCTL_SCHEDRT_extra) != 0};
}

xen_sysctl settings_op(PoolId pool, Scheduler scheduler, uint32_t command) {
  xen_sysctl op{};
  op.u.scheduler_op.cpupool_id = pool.value();
  op.u.scheduler_op.sched_id = uint32_t(scheduler);
  op.u.scheduler_op.cmd = command;
  return op;
}

constexpr const char* reading_share = "reading the scheduling parameters of domain";
constexpr const char* setting_share = "setting the scheduling parameters of domain";
constexpr const char* reading_settings = "reading the scheduler's settings";
constexpr const char* setting_settings = "changing the scheduler's settings";

}  // namespace

std::string_view scheduler_name(Scheduler scheduler) {
  for (auto& [value, name] : names)
    if (value == scheduler) return name;
  return "unknown";
}

Scheduler parse_scheduler(std::string_view text) {
  for (auto& [value, name] : names)
    if (name == text) return value;
  fail(EINVAL, "\"{}\" is not a scheduler: expected credit, credit2, arinc653, rtds or null", text);
}

Scheduler Scheduling::default_scheduler() {
  xen_sysctl op{};
  calls::sysctl(port_, XEN_SYSCTL_sched_id, op, "asking for the scheduler");
  return Scheduler(op.u.sched_id.sched_id);
}

SchedulingShare Scheduling::share(DomainId domain, Scheduler scheduler) {
  xen_domctl op = share_op(scheduler, XEN_DOMCTL_SCHEDOP_getinfo);
  calls::domctl(port_, XEN_DOMCTL_scheduler_op, domain, op, reading_share);
  // credit's and credit2's parameters have the same layout.
  return {op.u.scheduler_op.u.credit.weight, op.u.scheduler_op.u.credit.cap};
}

void Scheduling::set_share(DomainId domain, Scheduler scheduler, SchedulingShare share) {
  xen_domctl op = share_op(scheduler, XEN_DOMCTL_SCHEDOP_putinfo);
  op.u.scheduler_op.u.credit = {share.weight, share.cap};
  calls::domctl(port_, XEN_DOMCTL_scheduler_op, domain, op, setting_share);
}

RealTimeShare Scheduling::real_time(DomainId domain) {
  xen_domctl op = share_op(Scheduler::rtds, XEN_DOMCTL_SCHEDOP_getinfo);
  calls::domctl(port_, XEN_DOMCTL_scheduler_op, domain, op, reading_share);
  return decode(op.u.scheduler_op.u.rtds);
}

void Scheduling::set_real_time(DomainId domain, RealTimeShare share) {
  xen_domctl op = share_op(Scheduler::rtds, XEN_DOMCTL_SCHEDOP_putinfo);
  op.u.scheduler_op.u.rtds = encode(share);
  calls::domctl(port_, XEN_DOMCTL_scheduler_op, domain, op, setting_share);
}

RealTimeShare Scheduling::real_time(DomainId domain, VcpuId vcpu) {
  HypercallBuffer<xen_domctl_schedparam_vcpu> entry(port_, 1);
  entry[0].vcpuid = vcpu.value();
  xen_domctl op = share_op(Scheduler::rtds, XEN_DOMCTL_SCHEDOP_getvcpuinfo);
  calls::set_handle(op.u.scheduler_op.u.v.vcpus, entry.data());
  op.u.scheduler_op.u.v.nr_vcpus = 1;
  calls::domctl(port_, XEN_DOMCTL_scheduler_op, domain, op, reading_share);
  return decode(entry[0].u.rtds);
}

void Scheduling::set_real_time(DomainId domain, VcpuId vcpu, RealTimeShare share) {
  HypercallBuffer<xen_domctl_schedparam_vcpu> entry(port_, 1);
  entry[0].vcpuid = vcpu.value();
  entry[0].u.rtds = encode(share);
  xen_domctl op = share_op(Scheduler::rtds, XEN_DOMCTL_SCHEDOP_putvcpuinfo);
  calls::set_handle(op.u.scheduler_op.u.v.vcpus, entry.data());
  op.u.scheduler_op.u.v.nr_vcpus = 1;
  calls::domctl(port_, XEN_DOMCTL_scheduler_op, domain, op, setting_share);
}

CreditSettings Scheduling::credit_settings(PoolId pool) {
  xen_sysctl op = settings_op(pool, Scheduler::credit, XEN_SYSCTL_SCHEDOP_getinfo);
  calls::sysctl(port_, XEN_SYSCTL_scheduler_op, op, reading_settings);
  auto& credit = op.u.scheduler_op.u.sched_credit;
  return {credit.tslice_ms, credit.ratelimit_us, credit.vcpu_migr_delay_us};
}

void Scheduling::set_credit_settings(PoolId pool, CreditSettings settings) {
  xen_sysctl op = settings_op(pool, Scheduler::credit, XEN_SYSCTL_SCHEDOP_putinfo);
  op.u.scheduler_op.u.sched_credit = {settings.timeslice_ms, settings.ratelimit_us, settings.migration_delay_us};
  calls::sysctl(port_, XEN_SYSCTL_scheduler_op, op, setting_settings);
}

uint32_t Scheduling::credit2_ratelimit_us(PoolId pool) {
  xen_sysctl op = settings_op(pool, Scheduler::credit2, XEN_SYSCTL_SCHEDOP_getinfo);
  calls::sysctl(port_, XEN_SYSCTL_scheduler_op, op, reading_settings);
  return op.u.scheduler_op.u.sched_credit2.ratelimit_us;
}

void Scheduling::set_credit2_ratelimit_us(PoolId pool, uint32_t ratelimit_us) {
  xen_sysctl op = settings_op(pool, Scheduler::credit2, XEN_SYSCTL_SCHEDOP_putinfo);
  op.u.scheduler_op.u.sched_credit2.ratelimit_us = ratelimit_us;
  calls::sysctl(port_, XEN_SYSCTL_scheduler_op, op, setting_settings);
}

}  // namespace xenolith::tools
