// SPDX-License-Identifier: MIT
#include "arch/arm64/machine/interrupts.hpp"

#include <arch/cpu.hpp>

#include "arch/arm64/gic/gic.hpp"
#include "arch/arm64/machine/host.hpp"
#include "arch/arm64/psci/host.hpp"
#include "arch/arm64/timer/time.hpp"
#include "core/base/log.hpp"

namespace xenolith::machine {
namespace {

gic::Range range_of(const DeviceRange& range) { return {range.start, range.size}; }

Result<gic::Description> describe_gic(const HostGic& host) {
  gic::Description result;
  if (host.version == GicVersion::none) return Failure{XEN_ENODEV};
  result.version = host.version == GicVersion::v3 ? gic::Version::v3 : gic::Version::v2;
  result.distributor = range_of(host.distributor);
  result.cpu_interface = range_of(host.cpu_interface);
  result.hypervisor_interface = range_of(host.hypervisor_interface);
  result.virtual_cpu_interface = range_of(host.virtual_cpu_interface);
  for (const DeviceRange& region : host.redistributors) {
    if (result.redistributor_regions == result.redistributors.size()) break;
    result.redistributors[result.redistributor_regions++] = range_of(region);
  }
  result.redistributor_stride = host.redistributor_stride;
  if (!host.its.empty()) result.translation_service = range_of(host.its[0].registers);
  for (const GicV2mFrame& frame : host.v2m_frames) {
    if (result.message_frame_count == result.message_frames.size()) break;
    result.message_frames[result.message_frame_count++] = {range_of(frame.registers), frame.spi_base, frame.spi_count};
  }
  if (host.maintenance) result.maintenance = gic::Intid{host.maintenance->id.raw()};
  return result;
}

TimerInterrupts timer_interrupts(const HostTimer& host) {
  TimerInterrupts result;
  if (host.virtual_timer) result.virtual_timer = gic::Intid{host.virtual_timer->id.raw()};
  if (host.hypervisor) result.hypervisor = gic::Intid{host.hypervisor->id.raw()};
  return result;
}

void initialise_firmware(const HostPsci& host) {
  if (host.conduit == PsciConduit::none) return;
  psci::Firmware::Description description{.is_standard = !(host.major == 0 && host.minor == 1), .cpu_on = host.cpu_on};
  psci::initialise_host(host.conduit == PsciConduit::smc ? psci::Method::smc : psci::Method::hvc, description);
}

void stop_for_good() {
  arch::disable_interrupts();
  for (;;) asm volatile("wfi");
}

}  // namespace

Result<void> initialise_interrupts() {
  const HostDescription& host = description();
  Result<gic::Description> gic_description = describe_gic(host.gic);
  if (gic_description.failed()) {
    log_error("the device tree has no interrupt controller that is known: GICv2 or GICv3");
    return Failure{gic_description.error()};
  }
  initialise_firmware(host.psci);
  TRY(gic::initialise(*gic_description));
  gic::set_sgi_handler(gic::Sgi::wake, [] {});
  gic::set_sgi_handler(gic::Sgi::stop, stop_for_good);
  time_init_boot(timer_interrupts(host.timer), host.timer.clock_frequency);
  return gic::enable_on_this_cpu();
}

}  // namespace xenolith::machine
