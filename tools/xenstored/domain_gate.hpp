// SPDX-License-Identifier: MIT
// How the daemon reaches domains: their rings, their event channels, and whether they live. SystemGate (system_gate.hpp) is
// the real one.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "tools/base/event_loop.hpp"
#include "tools/control/types.hpp"
#include "tools/xenstored/ring.hpp"

namespace xenolith::tools::xenstored {

// A mapped ring and its event channel; both end with the object.
class RingLink {
 public:
  virtual ~RingLink() = default;
  virtual xenstore_domain_interface* page() = 0;
  virtual void notify() = 0;
  // Lets events come again, after one was reported.
  virtual void unmask() = 0;
};

struct DomainState {
  bool dying = false;
  bool shutdown = false;
};

class DomainGate {
 public:
  virtual ~DomainGate() = default;
  // Throws Error if the domain has no such ring or port.
  virtual std::unique_ptr<RingLink> open(DomainId domain, Gfn gfn, Port port) = 0;
  // The ring and port of this domain itself, made by its kernel; throws Error.
  virtual std::pair<Gfn, Port> own_ring() = 0;
  virtual std::map<DomainId, DomainState> states() = 0;
  // on_event: a domain's ring wants a look; masked until unmask(). on_domains: some domain shut down or died.
  virtual void start(EventLoop& loop, std::function<void(DomainId)> on_event, std::function<void()> on_domains) = 0;
};

}  // namespace xenolith::tools::xenstored
