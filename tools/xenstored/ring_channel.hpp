// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "tools/rings/ring_gate.hpp"
#include "tools/xenstored/ring.hpp"
#include "tools/xenstored/store.hpp"

namespace xenolith::tools::xenstored {

// Moves bytes between a domain's ring and its connection. A domain that breaks the rules is not served any more, until its
// kernel asks for a reconnection or it is introduced again.
class RingChannel {
 public:
  RingChannel(std::unique_ptr<RingLink> link, Connection& connection);

  // The next whole request, if there is one and the domain may ask. `more`: whether there may be another at once.
  std::optional<Message> next_request(Store& store, bool& more);
  // Sends what there is room for.
  void flush();
  // Looks whether the domain's kernel wants to begin anew.
  void check_reconnection(Store& store);
  void unmask() { link_->unmask(); }
  Connection& connection() { return connection_; }

  bool queued = false;  // waits for its turn, kept by the daemon

 private:
  void refuse(uint32_t error);

  std::unique_ptr<RingLink> link_;
  StoreRing ring_;
  Connection& connection_;
  bool refused_ = false;
};

}  // namespace xenolith::tools::xenstored
