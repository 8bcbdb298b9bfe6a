// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "guests/framework/pv_ring.hpp"

namespace xenolith::guest {

// The domain's end of xenstore, without any care for what is sent.
class StoreRing {
 public:
  xenstore_domain_interface& page() const { return ring_.page<xenstore_domain_interface>(); }
  const PvRing& ring() const { return ring_; }

  // Puts bytes into the ring, in parts as there is room. False if there was none for a second: the daemon does not listen.
  bool put(const void* bytes, size_t size);
  // One request, with its header.
  bool send(u32 type, u32 transaction, std::string_view body);
  // The body of the next answer, watch events left out; its beginning, if it is longer than `size`. Waits at most five
  // seconds. type: that of the answer (XS_ERROR if it failed).
  struct Answer {
    bool came = false;
    u32 type = 0;
    size_t size = 0;
  };
  Answer receive(char* to, size_t size);
  // send() and receive(). Whether it succeeded; `error` is the errno's name otherwise, "" if there was no answer.
  bool ask(u32 type, u32 transaction, std::string_view body);
  std::string_view error() const { return {text_, length_}; }
  // The number of a new transaction, 0 if there is none.
  u32 begin();

 private:
  bool get(void* bytes, size_t size);

  PvRing ring_{HVM_PARAM_STORE_PFN, HVM_PARAM_STORE_EVTCHN};
  u32 last_request_ = 0;
  char text_[256];
  size_t length_ = 0;
};

}  // namespace xenolith::guest
