// SPDX-License-Identifier: MIT
// For tests of 32-bit callers: memory below 4 GiB, and calls with 32-bit arguments.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "arch/x86/compat/interface_32.hpp"
#include "core/control/test_caller.hpp"
#include "core/hypercall/narrow_calls.hpp"

namespace xenolith::test {

// Two pages that a 32-bit caller can name, filled with 0xa5; nothing is mapped behind them.
class LowMemory {
 public:
  static constexpr size_t size = 2 * page_size;
  LowMemory() {
    void* place = mmap(nullptr, size + page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
    mprotect(place, size, PROT_READ | PROT_WRITE);
    bytes_ = static_cast<std::byte*>(place);
    std::fill_n(bytes_, size, std::byte{0xa5});
  }
  ~LowMemory() { munmap(bytes_, size + page_size); }
  LowMemory(const LowMemory&) = delete;
  LowMemory& operator=(const LowMemory&) = delete;

  std::byte* bytes() { return bytes_; }
  u32 address(u32 offset = 0) const { return static_cast<u32>(reinterpret_cast<u64>(bytes_)) + offset; }
  template <class T>
  u32 put(u32 offset, const T& value) {
    std::memcpy(bytes_ + offset, &value, sizeof(value));
    return address(offset);
  }
  template <class T>
  T get(u32 offset) const {
    T value;
    std::memcpy(&value, bytes_ + offset, sizeof(value));
    return value;
  }
  bool is_untouched(u32 offset, u32 count) const {
    return std::all_of(bytes_ + offset, bytes_ + offset + count, [](std::byte b) { return b == std::byte{0xa5}; });
  }

 private:
  std::byte* bytes_;
};

class NarrowTest : public ControlTest {
 protected:
  // Makes the call as a guest does, again as long as it asks for that; the value as eax has it.
  i32 narrow_call(Vcpu& caller, u32 number, u32 first = 0, u32 second = 0, u32 third = 0) {
    HypercallArguments arguments{{first, second, third, 0, 0}};
    for (repeats = 0;; ++repeats) {
      HypercallOutcome outcome = narrow_hypercall(caller, number, arguments);
      EXPECT_EQ(caller.call_words(), GuestWordSize::bits64);
      if (outcome.is_done()) return static_cast<i32>(outcome.value());
      arguments = outcome.arguments();
      for (u64 value : arguments.value) EXPECT_LE(value, ~u32{0});
    }
  }
  i32 ask(u32 number, u32 first = 0, u32 second = 0, u32 third = 0) {
    return narrow_call(guest.vcpu(), number, first, second, third);
  }
  // What 32-bit kernels do first.
  void latch() {
    compat::xen_hvm_param request{};
    request.domid = DOMID_SELF;
    request.index = HVM_PARAM_CALLBACK_IRQ;
    request.value = u64{HVM_PARAM_CALLBACK_TYPE_VECTOR} << 56 | 0xf3;
    EXPECT_EQ(ask(__HYPERVISOR_hvm_op, HVMOP_set_param, low.put(0, request)), 0);
    std::fill_n(low.bytes(), sizeof(request), std::byte{0xa5});
  }

  LowMemory low;
  fake::GuestRange range{low.bytes(), LowMemory::size};
};

}  // namespace xenolith::test
