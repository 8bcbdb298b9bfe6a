// SPDX-License-Identifier: MIT
#include "arch/arm64/psci/host.hpp"

#include "arch/arm64/psci/conduits.hpp"
#include "core/base/log.hpp"

namespace xenolith::psci {
namespace {

constinit SmcConduit smc;
constinit HvcConduit hvc;
constinit Firmware firmware;

}  // namespace

void initialise_host(Method method, const Firmware::Description& description) {
  Conduit& conduit = method == Method::smc ? static_cast<Conduit&>(smc) : hvc;
  firmware = Firmware{conduit, description};
  log_info("PSCI {}.{} by {}", firmware.version() >> 16, firmware.version() & 0xffff, method == Method::smc ? "SMC" : "HVC");
}

const Firmware& host() { return firmware; }

}  // namespace xenolith::psci
