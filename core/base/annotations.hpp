// SPDX-License-Identifier: MIT
// clang's thread-safety attributes; they vanish under other compilers.
#pragma once

#if defined(__clang__)
#define XENOLITH_TSA(x) __attribute__((x))
#else
#define XENOLITH_TSA(x)
#endif

#define CAPABILITY(name) XENOLITH_TSA(capability(name))
#define SCOPED_CAPABILITY XENOLITH_TSA(scoped_lockable)
#define GUARDED_BY(lock) XENOLITH_TSA(guarded_by(lock))
#define REQUIRES(...) XENOLITH_TSA(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) XENOLITH_TSA(acquire_capability(__VA_ARGS__))
#define RELEASE(...) XENOLITH_TSA(release_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) XENOLITH_TSA(try_acquire_capability(__VA_ARGS__))
#define EXCLUDES(...) XENOLITH_TSA(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS XENOLITH_TSA(no_thread_safety_analysis)
