// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <unordered_map>

#include "tools/control/hypervisor.hpp"
#include "tools/xenstored/domain_gate.hpp"

struct xengntdev_handle;

namespace xenolith::tools::xenstored {

// Rings by grant reference (GNTTAB_RESERVED_XENSTORE), else by foreign mapping; this domain's own by its kernel's xenfs.
class SystemGate final : public DomainGate {
 public:
  // Throws Error if this is not a privileged domain on a hypervisor.
  SystemGate();
  ~SystemGate() override;

  std::unique_ptr<RingLink> open(DomainId domain, Gfn gfn, Port port) override;
  std::pair<Gfn, Port> own_ring() override;
  std::map<DomainId, DomainState> states() override;
  void start(EventLoop& loop, std::function<void(DomainId)> on_event, std::function<void()> on_domains) override;

 private:
  class Link;
  class Page;
  std::unique_ptr<Page> map(DomainId domain, Gfn gfn);
  void on_events();

  std::unique_ptr<Hypervisor> hypervisor_;
  xengntdev_handle* grants_;
  EventChannels events_;
  Port exceptions_;
  std::unordered_map<Port, DomainId> domains_;  // by local port
  EventSource source_;
  std::function<void(DomainId)> on_event_;
  std::function<void()> on_domains_;
};

}  // namespace xenolith::tools::xenstored
