// SPDX-License-Identifier: MIT
#pragma once

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm {

// Around each stay in the guest, interrupts off: see nested_flush.cpp.
void note_entry(Vcpu& vcpu);
void note_exit(Vcpu& vcpu);

}  // namespace xenolith::hvm
