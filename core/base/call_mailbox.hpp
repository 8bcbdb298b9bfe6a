// SPDX-License-Identifier: MIT
// CallMailbox: where a CPU finds the function that another CPU asks it to call. One at a time.
#pragma once

#include <arch/cpu.hpp>

#include <atomic>

namespace xenolith {

class alignas(arch::cache_line_size) CallMailbox {
 public:
  // By the CPU that it belongs to: calls what is asked for, if anything is.
  void serve() {
    Call* call = call_.exchange(nullptr, std::memory_order_acquire);  // pairs with the release in call()
    if (!call) return;
    call->function(call->context);
    call->done.store(true, std::memory_order_release);  // pairs with the acquire in call(); the caller's stack is its own again
  }

  // By another CPU: returns when function(context) was called there. `ring` makes that CPU look; `wait` is called while there is nothing
  // to do but wait, and serves the caller's own mailbox, because two CPUs may be calling each other.
  template <class Ring, class Wait>
  void call(void (*function)(void*), void* context, Ring ring, Wait wait) {
    Call call{function, context};
    Call* free = nullptr;
    while (!call_.compare_exchange_weak(free, &call, std::memory_order_release)) {
      free = nullptr;
      wait();
    }
    ring();
    while (!call.done.load(std::memory_order_acquire)) wait();
  }

 private:
  struct Call {
    void (*function)(void*);
    void* context;
    std::atomic<bool> done{false};
  };
  std::atomic<Call*> call_{nullptr};
};

}  // namespace xenolith
