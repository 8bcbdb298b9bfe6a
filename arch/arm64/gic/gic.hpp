// SPDX-License-Identifier: MIT
// The machine's interrupt controller, in use. docs/gic.md.
#pragma once

#include "arch/arm64/gic/description.hpp"
#include "arch/arm64/gic/virtual_interface.hpp"
#include "core/base/result.hpp"

namespace xenolith::gic {

// Interrupts between CPUs.
enum class Sgi : u8 {
  wake = 0,  // leave the guest, look at pending work
  stop = 1,  // the end of the machine
  count = 2,
};

// ---- boot. On the boot CPU, when device memory can be mapped; fails with EINVAL, ENODEV, ENOMEM.
Result<void> initialise(const Description& description);
// On each CPU, the boot CPU too, after this_cpu() works there, interrupts off. Fails with ENODEV (no redistributor), ETIMEDOUT.
Result<void> enable_on_this_cpu();
const Description& description();
Version version();
u32 interrupts();  // numbers below are there
// Where the guests' GICv2 CPU interface is to be mapped to: two pages. Nothing where the machine does not offer it.
Range guest_cpu_interface();

// ---- between CPUs; any context
void send_sgi(CpuId cpu, Sgi sgi);
void send_sgi_to_others(Sgi sgi);  // all that have been enabled
// Before the first CPU is enabled.
void set_sgi_handler(Sgi sgi, void (*handler)());

// ---- private interrupts of the CPUs. Before the first CPU is enabled; it comes on every CPU from then on.
enum class After : u8 {
  deactivate,      // it may come again at once
  leave_to_guest,  // the guest deactivates it through its list register
};
void set_ppi_handler(Intid ppi, After (*handler)());
// On the CPU concerned, interrupts off: whether it is active, hence cannot come.
void set_ppi_active(Intid ppi, bool active);
void set_ppi_enabled(Intid ppi, bool enabled);

// ---- shared interrupts
class InterruptAction {
 public:
  // On some CPU, interrupts off.
  virtual After arrived(Intid intid) = 0;

 protected:
  ~InterruptAction() = default;
};
// Whose it is from now on; it stays off. EBUSY, EINVAL. `action` outlives the machine's run or unbind().
Result<void> bind_spi(Intid spi, InterruptAction& action);
void unbind_spi(Intid spi);
bool is_bound(Intid spi);
// Any context.
void set_spi(Intid spi, bool enabled, Trigger trigger, CpuId cpu);
void set_spi_pending(Intid spi, bool pending);
// Ends an interrupt that was left to a guest; a private one: on its CPU.
void deactivate(Intid intid);
// A guest has ended the SPI by a list register that is linked with it.
void guest_has_ended(Intid spi);

// ---- LPIs: all of them have one owner, who asks the redistributors of CPUs for them. EBUSY, ENODEV.
Result<void> bind_lpis(InterruptAction& action);
void unbind_lpis(InterruptAction& action);
bool has_lpis();
// The first register of the CPU's redistributor; its registers, of 32 or 64 bits as the architecture has them.
MachineAddress redistributor_place(CpuId cpu);
u64 read_redistributor(CpuId cpu, u32 offset);
void write_redistributor(CpuId cpu, u32 offset, u64 value);

// ---- the vector of EL2: takes all interrupts that wait. Interrupts off.
void handle_interrupts();
// On this CPU, interrupts off.
VirtualInterface& virtual_interface();

}  // namespace xenolith::gic
