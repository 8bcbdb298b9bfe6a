// SPDX-License-Identifier: MIT
// The machine's own firmware.
#pragma once

#include "arch/arm64/psci/firmware.hpp"

namespace xenolith::psci {

// Once, on the boot CPU, when the device tree has told how it is called.
enum class Method : u8 { smc, hvc };
void initialise_host(Method method, const Firmware::Description& description);
// Not there (Firmware::is_there()) where nobody has told.
const Firmware& host();

}  // namespace xenolith::psci
