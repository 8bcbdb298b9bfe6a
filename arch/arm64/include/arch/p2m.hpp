// SPDX-License-Identifier: MIT
// Architecture contract: a domain's guest-physical map: stage 2 tables.
#pragma once

#include "core/p2m/p2m.hpp"
