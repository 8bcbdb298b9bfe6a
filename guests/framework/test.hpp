// SPDX-License-Identifier: MIT
// What every test guest includes. It defines test_main(), which runs on the first vCPU with interrupts off; the
// machine is powered off when it returns.
#pragma once

#include <guest/cpu.hpp>
#include <guest/instructions.hpp>
#include <guest/machine.hpp>
#include <guest/trap.hpp>

#include "guests/framework/clock.hpp"
#include "guests/framework/hypercall.hpp"
#include "guests/framework/report.hpp"
#include "guests/framework/shared_info.hpp"

namespace xenolith::guest {

void test_main();

// A page of the image that nothing else uses.
struct alignas(page_size) Page {
  u8 bytes[page_size];
  u64 frame() const { return reinterpret_cast<u64>(bytes) >> page_shift; }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes);
  }
};

}  // namespace xenolith::guest
