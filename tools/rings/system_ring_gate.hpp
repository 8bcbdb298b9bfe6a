// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "tools/control/hypervisor.hpp"
#include "tools/rings/ring_gate.hpp"

struct xengntdev_handle;

namespace xenolith::tools {

// Rings by a reserved grant reference, or by foreign mapping.
class SystemRingGate final : public RingGate {
 public:
  // grant: GNTTAB_RESERVED_XENSTORE or GNTTAB_RESERVED_CONSOLE. virq: VIRQ_*, or none. own_page: a file that maps the page
  // of this domain's own kernel, or empty. Throws Error if this is not a privileged domain on a hypervisor.
  SystemRingGate(GrantRef grant, std::optional<uint32_t> virq, std::string own_page = {});
  ~SystemRingGate() override;

  Hypervisor& hypervisor() { return *hypervisor_; }

  std::unique_ptr<RingLink> open(DomainId domain, Gfn gfn, Port port, RingPage page) override;
  std::map<DomainId, DomainState> states() override;
  void start(EventLoop& loop, std::function<void(DomainId)> on_event, std::function<void()> on_virq) override;

 private:
  class Link;
  class Page;
  std::unique_ptr<Page> map(DomainId domain, Gfn gfn, RingPage page);
  void on_events();

  GrantRef grant_;
  std::string own_page_;
  std::unique_ptr<Hypervisor> hypervisor_;
  xengntdev_handle* grants_;
  EventChannels events_;
  std::optional<Port> virq_;
  std::unordered_map<Port, DomainId> domains_;  // by local port
  EventSource source_;
  std::function<void(DomainId)> on_event_;
  std::function<void()> on_virq_;
};

}  // namespace xenolith::tools
