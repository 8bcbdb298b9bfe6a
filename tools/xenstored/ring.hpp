// SPDX-License-Identifier: MIT
// The daemon's side of the page that it shares with a domain: two rings of bytes (xen/io/xs_wire.h). The domain may write
// anything anywhere at any time; what is read here is copied once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" {
#include <xen/io/xs_wire.h>
}

namespace xenolith::tools::xenstored {

class StoreRing {
 public:
  explicit StoreRing(xenstore_domain_interface* page) : page_(page) {}

  // Takes at most `most` bytes of requests; empty if there are none. Throws Error(EIO) for impossible indices.
  std::string take(size_t most);
  // Whether there are requests. Throws as take().
  bool has_requests() const;
  // Puts in as many bytes as there is room for; returns how many. Throws Error(EIO) for impossible indices.
  size_t put(std::string_view bytes);

  // The domain's new kernel asks to begin anew: indices are reset.
  bool wants_reconnection() const;
  void reconnect();
  // Tells the domain what the daemon can do.
  void announce_features();
  // Tells the domain why it is not served any more: XENSTORE_ERROR_*.
  void set_error(uint32_t error);

 private:
  uint32_t requests() const;

  xenstore_domain_interface* page_;
};

}  // namespace xenolith::tools::xenstored
