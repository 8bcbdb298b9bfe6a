// SPDX-License-Identifier: MIT
// Boost.Intrusive, set up for the hypervisor: its checks go to ASSERT, and it neither throws nor needs <assert.h>.
// Include this instead of <boost/intrusive/...>.
#pragma once

#include "core/base/log.hpp"

#ifndef BOOST_NO_EXCEPTIONS
#define BOOST_NO_EXCEPTIONS 1
#endif
#define BOOST_INTRUSIVE_INVARIANT_ASSERT(condition) ASSERT(condition)
#define BOOST_INTRUSIVE_SAFE_HOOK_DEFAULT_ASSERT(condition) ASSERT(condition)
#define BOOST_INTRUSIVE_SAFE_HOOK_DESTRUCTOR_ASSERT(condition) ASSERT(condition)

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
