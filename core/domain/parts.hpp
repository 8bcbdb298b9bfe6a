// SPDX-License-Identifier: MIT
// How Domain and Vcpu come by their parts. Each part's folder defines its function; the classes lie in
// core/events/event_table.hpp, core/events/event_queues.hpp, core/grants/grant_table.hpp, core/run/vcpu_run.hpp, core/run/domain_run.hpp, core/control/domain_control.hpp.
// EventTable and GrantTable have `bool teardown_step()`: one bounded step of letting go of everything when the
// domain is destroyed; false when done.
#pragma once

#include "core/base/own.hpp"

namespace xenolith {

class Domain;
class Vcpu;
class EventTable;
class EventQueues;
class GrantTable;
class VcpuRun;
class DomainRun;
class DomainControl;

Result<Own<EventTable>> create_event_table(Domain& domain);
Result<Own<EventQueues>> create_event_queues(Vcpu& vcpu);
Result<Own<GrantTable>> create_grant_table(Domain& domain);
Result<Own<VcpuRun>> create_vcpu_run(Vcpu& vcpu);
Result<Own<DomainRun>> create_domain_run(Domain& domain);
Result<Own<DomainControl>> create_domain_control(Domain& domain);

}  // namespace xenolith
