// SPDX-License-Identifier: MIT
// Architecture contract: maintenance of data caches by address, for devices that do not see them.
#pragma once

#include <atomic>
#include <cstddef>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith::arch {

inline void clean_cache(const std::byte*, size_t) {}
inline std::atomic<u64> flushed_bytes{0};  // tests look at it
inline void flush_cache(const std::byte*, size_t size) { flushed_bytes += size; }
inline void forget_instructions() {}
inline Result<void> invalidate_cache(const std::byte*, size_t) { return Failure{XEN_EOPNOTSUPP}; }

}  // namespace xenolith::arch
