// SPDX-License-Identifier: MIT
// Architecture contract: a domain's guest-physical map: nested page tables.
#pragma once

#include "core/p2m/p2m.hpp"
