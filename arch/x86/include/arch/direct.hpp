// SPDX-License-Identifier: MIT
// Architecture contract: what each access to memory asks for, so inline where there is a real machine.
#pragma once

#include "core/paging/direct.hpp"
