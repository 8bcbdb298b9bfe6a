// SPDX-License-Identifier: MIT
// The debug keys of core.
#include <arch/domain.hpp>
#include <arch/machine_end.hpp>

#include "core/base/log.hpp"
#include "core/console/debug_keys.hpp"
#include "core/domain/domain.hpp"
#include "core/events/event_dump.hpp"
#include "core/grants/grant_table.hpp"
#include "core/memory/frame_allocator.hpp"
#include "core/memory/heap.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/dispatcher.hpp"
#include "core/run/domain_run.hpp"
#include "core/run/vcpu_run.hpp"
#include "core/time/clock.hpp"

namespace xenolith {
namespace {

void dump_hardware_domain(char key) {
  log_info("'{}' pressed -> dumping Dom0's registers", key);
  Domain* domain = DomainTable::hardware_domain();
  if (!domain) return;
  domain->for_each_vcpu([](Vcpu& vcpu) {
    vcpu.pause();
    log_info("*** Dumping Dom0 vcpu#{} state: ***", vcpu.id());
    arch::dump_vcpu(vcpu);
    vcpu.unpause();
  });
}

void dump_this_cpu(void*) {
  log_info("*** Dumping CPU{} host state: ***", arch::this_cpu());
  arch::print_backtrace_here();
  if (Vcpu* vcpu = Dispatcher::current()) {
    log_info("*** Dumping CPU{} guest state (d{}v{}): ***", arch::this_cpu(), vcpu->domain().id(), vcpu->id());
    arch::dump_vcpu(*vcpu);
  } else {
    log_info("No guest context (CPU{} is idle).", arch::this_cpu());
  }
}

void dump_registers(char key) {
  log_info("'{}' pressed -> dumping registers", key);
  CpuSet online = Dispatcher::online();
  for (unsigned cpu = 0; cpu < arch::max_cpus; ++cpu)
    if (online.contains(CpuId{cpu})) remote_call(CpuId{cpu}, dump_this_cpu, nullptr);
}

void dump_events(char key) {
  log_info("'{}' pressed -> dumping event-channel info", key);
  dump_event_channels();
}

// One node: the machine's distances are not looked at.
void dump_nodes(char key) {
  log_info("'{}' pressed -> dumping NUMA info", key);
  log_info("NODE0 start->0 size->{} free->{}", FrameAllocator::total_frames(), FrameAllocator::free_frames());
}

void dump_grants(char key) {
  log_info("gnttab_usage_print_all [ key '{}' pressed", key);
  dump_grant_tables();
}

void dump_memory(char key) {
  log_info("'{}' pressed -> dumping memory info", key);
  constexpr u64 kib_per_frame = page_size / 1024;
  log_info("Physical memory information:");
  log_info("    total: {}kB", FrameAllocator::total_frames() * kib_per_frame);
  log_info("     free: {}kB ({}kB not scrubbed)", FrameAllocator::free_frames() * kib_per_frame,
           FrameAllocator::dirty_frames() * kib_per_frame);
  log_info("     heap: {}kB free, too, but kept for the hypervisor", heap_free_frames() * kib_per_frame);
  log_info("   tables: {}kB for the frame table and for what maps it, more as memory is first used", FrameAllocator::table_frames() * kib_per_frame);
  log_info("  objects: {}B free in pages that small objects share", heap_free_object_bytes());
}

void dump_vcpu_info(Vcpu& vcpu) {
  log_info("    VCPU{}: CPU{} [has={}] poll={} upcall_pend={:02x} stops={:#x}{}", vcpu.id(), vcpu.run().cpu(),
           vcpu.run().is_on_cpu() ? 'T' : 'F', vcpu.poll_port.load(), unsigned{vcpu.upcall_pending()}, vcpu.stops(),
           vcpu.is_runnable() ? " runnable" : "");
}

void dump_domain(Domain& domain) {
  log_info("General information for domain {}:", domain.id());
  log_info("    refcnt={} dying={} pause_count={} shutdown={} code={:#x}", domain.ref_count(), unsigned{domain.is_dying()},
           domain.pause_count(), unsigned{domain.is_shut_down()}, unsigned{domain.shutdown_code()});
  log_info("    vcpus={} control={} hardware={} pool={} p2m_tables={}", domain.max_vcpus(), unsigned{domain.is_control()},
           unsigned{domain.is_hardware()}, domain.run().pool_id(), domain.p2m().table_pages());
  log_info("VCPU information and callbacks for domain {}:", domain.id());
  domain.for_each_vcpu(dump_vcpu_info);
}

void dump_domains(char key) {
  log_info("'{}' pressed -> dumping domain info (now = {})", key, now().raw());
  for (Domain* domain = DomainTable::next(DomainId{0}); domain;
       domain = DomainTable::next(DomainId{static_cast<u16>(domain->id().raw() + 1)}))
    dump_domain(*domain);
}

void dump_run_queues(char key) {
  log_info("'{}' pressed -> dumping run queues (now = {})", key, now().raw());
  Dispatcher::dump([](void*, std::string_view line) { log_info("{}", line); }, nullptr);
}

void reboot(char key) {
  log_info("'{}' pressed -> rebooting machine", key);
  arch::reboot_machine();
}

}  // namespace

void register_standard_debug_keys() {
  register_help_keys();
  register_debug_key('0', "dump Dom0 registers", dump_hardware_domain);
  register_debug_key('d', "dump registers", dump_registers);
  register_debug_key('e', "dump evtchn info", dump_events);
  register_debug_key('g', "print grant table usage", dump_grants);
  register_debug_key('m', "memory info", dump_memory);
  register_debug_key('q', "dump domain (and guest debug) info", dump_domains);
  register_debug_key('r', "dump run queues", dump_run_queues);
  register_debug_key('u', "dump NUMA info", dump_nodes);
  register_debug_key('R', "reboot machine", reboot);
}

}  // namespace xenolith
