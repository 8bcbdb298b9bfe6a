// SPDX-License-Identifier: MIT
#include "tools/base/failure_point.hpp"

#include <atomic>
#include <cstdlib>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

unsigned from_environment() {
  const char* text = std::getenv("XENOLITH_FAIL_AT");
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : 0;
}

// Relaxed everywhere: counters only, nothing is published through them.
std::atomic<unsigned> passes{0};
std::atomic<unsigned> chosen{from_environment()};

}  // namespace

void failure_point(const char* name) {
  unsigned pass = passes.fetch_add(1, std::memory_order_relaxed) + 1;
  if (pass == chosen.load(std::memory_order_relaxed)) fail(EIO, "{} (failure chosen by a test)", name);
}

FailureSchedule::FailureSchedule(unsigned fail_at) {
  passes.store(0, std::memory_order_relaxed);
  chosen.store(fail_at, std::memory_order_relaxed);
}

FailureSchedule::~FailureSchedule() { chosen.store(0, std::memory_order_relaxed); }

unsigned FailureSchedule::passed() { return passes.load(std::memory_order_relaxed); }

}  // namespace xenolith::tools
