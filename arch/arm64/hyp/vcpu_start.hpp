// SPDX-License-Identifier: MIT
#pragma once

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class Vcpu;

// Gives a vCPU that is down the state after a reset, with `entry` as first instruction and `context` in x0. It stays down.
void reset_vcpu(Vcpu& vcpu, GuestPhysical entry, u64 context);

}  // namespace xenolith
