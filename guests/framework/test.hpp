// SPDX-License-Identifier: MIT
// What every test guest includes. It defines test_main(), which runs on the first vCPU in 64-bit mode with interrupts off; the
// machine is powered off when it returns.
#pragma once

#include "guests/framework/clock.hpp"
#include "guests/framework/cpu.hpp"
#include "guests/framework/hypercall.hpp"
#include "guests/framework/instructions.hpp"
#include "guests/framework/report.hpp"
#include "guests/framework/shared_info.hpp"
#include "guests/framework/trap.hpp"

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith::guest {

void test_main();

const hvm_start_info& start_info();

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
