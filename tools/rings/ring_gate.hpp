// SPDX-License-Identifier: MIT
// How daemons reach the rings of domains: a shared page each, its event channel, and news of domains. SystemRingGate
// (system_ring_gate.hpp) is the real one.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "tools/base/event_loop.hpp"
#include "tools/control/types.hpp"

namespace xenolith::tools {

// A mapped page and its event channel; both end with the object.
class RingLink {
 public:
  virtual ~RingLink() = default;
  // The domain may change it at any moment.
  virtual void* page() = 0;
  virtual void notify() = 0;
  // Lets events come again, after one was reported.
  virtual void unmask() = 0;
};

// Which page of a domain is the ring.
enum class RingPage : uint8_t {
  granted,  // the one behind the gate's reserved grant, else the one at the frame
  foreign,  // the one at the frame
};

struct DomainState {
  bool dying = false;
  bool shutdown = false;
};

class RingGate {
 public:
  virtual ~RingGate() = default;
  // gfn: of the page, for domains that have not granted it. A domain may have several. Throws Error if the domain has no such page or port.
  virtual std::unique_ptr<RingLink> open(DomainId domain, Gfn gfn, Port port, RingPage page = RingPage::granted) = 0;
  // All domains there are.
  virtual std::map<DomainId, DomainState> states() = 0;
  // on_event: one of a domain's rings wants a look; masked until unmask(). on_virq: the gate's virtual interrupt came.
  virtual void start(EventLoop& loop, std::function<void(DomainId)> on_event, std::function<void()> on_virq) = 0;
};

}  // namespace xenolith::tools
