// SPDX-License-Identifier: MIT
// Boost.Intrusive, set up for the hypervisor: its checks panic in debug builds and vanish in release builds, and it
// neither throws nor needs <assert.h>. Include this instead of <boost/intrusive/...>.
#pragma once

#include "core/base/log.hpp"

#ifndef BOOST_NO_EXCEPTIONS
#define BOOST_NO_EXCEPTIONS 1
#endif
#define BOOST_INTRUSIVE_INVARIANT_ASSERT(condition) ASSERT(condition)
#define BOOST_INTRUSIVE_SAFE_HOOK_DEFAULT_ASSERT(condition) ASSERT(condition)
#define BOOST_INTRUSIVE_SAFE_HOOK_DESTRUCTOR_ASSERT(condition) ASSERT(condition)

#ifdef XENOLITH_DEBUG
#define BOOST_ENABLE_ASSERT_HANDLER 1
namespace boost {
inline void assertion_failed(const char* condition, const char* function, const char* file, long line) {
  ::xenolith::panic("assertion failed: {} in {} at {}:{}", condition, function, file, line);
}
}  // namespace boost
#else
#define BOOST_DISABLE_ASSERTS 1
#endif

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
