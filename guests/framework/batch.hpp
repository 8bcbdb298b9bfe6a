// SPDX-License-Identifier: MIT
// Batch: many hypercalls of one kind, made by multicalls.
#pragma once

#include "guests/framework/hypercall.hpp"

namespace xenolith::guest {

template <class Request>
class Batch {
 public:
  Batch(u32 number, u32 command) : number_{number}, command_{command} {}

  // Adds a call; makes all when there are enough. Each is told to `done(request, answer)`.
  template <class Done>
  void add(const Request& request, Done&& done) {
    requests_[count_] = request;
    calls_[count_] = {};
    calls_[count_].op = number_;
    calls_[count_].args[0] = command_;
    calls_[count_].args[1] = address_of(&requests_[count_]);
    if (++count_ == size) finish(done);
  }
  // Makes the calls that wait.
  template <class Done>
  void finish(Done&& done) {
    long made = hypercall(__HYPERVISOR_multicall, address_of(calls_), count_);
    for (u32 n = 0; n < count_; ++n) done(requests_[n], made ? made : static_cast<long>(calls_[n].result));
    count_ = 0;
  }

 private:
  static constexpr u32 size = 64;
  u32 number_, command_, count_ = 0;
  Request requests_[size];
  multicall_entry calls_[size];
};

}  // namespace xenolith::guest
