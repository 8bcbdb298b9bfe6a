// SPDX-License-Identifier: MIT
// Reading what a function has: capabilities and base address registers. Devices may lie: walks are bounded.
#pragma once

#include <optional>

#include "arch/x86/pci/config_access.hpp"
#include "arch/x86/pci/registers.hpp"

namespace xenolith::pci {

// Whether anything answers there.
bool is_present(ConfigAccess& config, Sbdf function);
Layout layout_of(ConfigAccess& config, Sbdf function);
// The offset (0x40 and up) of the first capability `id`; nothing if there is none.
std::optional<u16> find_capability(ConfigAccess& config, Sbdf function, u8 id);
// The same for extended capabilities (offset 0x100 and up).
std::optional<u16> find_extended_capability(ConfigAccess& config, Sbdf function, u16 id);

// Number of base address registers: 6, 2 for bridges, 1 for CardBus bridges.
unsigned bar_count(Layout layout);
// Whether register `index` is for memory, and, when it takes two, whether the second is there.
bool is_memory_bar(ConfigAccess& config, Sbdf function, unsigned index, Layout layout);
// Where the memory of register `index` is; the register is one of which is_memory_bar() is true.
MachineAddress bar_address(ConfigAccess& config, Sbdf function, unsigned index);

}  // namespace xenolith::pci
