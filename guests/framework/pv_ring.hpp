// SPDX-License-Identifier: MIT
// The page and the event channel that the toolstack gave this domain for xenstore or for its console.
#pragma once

#include "core/base/interface.hpp"
#include "core/base/types.hpp"

extern "C" {
#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
}

namespace xenolith::guest {

class PvRing {
 public:
  // The HVM parameters of frame and port. Ends the guest if there are none.
  PvRing(u32 frame_parameter, u32 port_parameter);

  u64 frame() const { return frame_; }
  u32 port() const { return port_; }
  template <class T>
  T& page() const {
    return *reinterpret_cast<T*>(frame_ << 12);
  }
  void notify() const;
  // Sleeps until there is an event, or until `limit` nanoseconds have passed. The port stays masked.
  void wait(u64 limit) const;

 private:
  u64 frame_;
  u32 port_;
};

}  // namespace xenolith::guest
