// SPDX-License-Identifier: MIT
// Writing to memory that guests read at the same time: the version is odd while the contents change (<xen/xen.h>,
// "struct vcpu_time_info").
#pragma once

#include <atomic>
#include <cstring>
#include <type_traits>

#include "core/base/types.hpp"

namespace xenolith {

// Stores through memcpy, because places that guests choose may be unaligned; the clobber keeps each store where it stands.
template <class T>
void store_shared(T* place, std::type_identity_t<T> value) {
  std::memcpy(static_cast<void*>(place), &value, sizeof value);
  asm volatile("" ::: "memory");
}

// Calls write() between two increments of *version, which no one else writes meanwhile, but for a guest that fools itself.
template <class Write>
void publish_versioned(u32* version, Write write) {
  u32 before;
  std::memcpy(&before, version, sizeof before);
  store_shared(version, before | 1);
  std::atomic_thread_fence(std::memory_order_release);  // readers that see new contents see the odd version
  write();
  std::atomic_thread_fence(std::memory_order_release);  // readers that see the even version see all contents
  store_shared(version, (before | 1) + 1);
}

}  // namespace xenolith
