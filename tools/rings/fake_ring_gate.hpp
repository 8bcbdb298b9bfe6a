// SPDX-License-Identifier: MIT
// Domains with rings in this process's memory, for unit tests.
#pragma once

#include <array>
#include <memory>

#include "tools/base/error.hpp"
#include "tools/rings/ring_gate.hpp"

namespace xenolith::tools {

class FakeRingGate final : public RingGate {
 public:
  struct Domain {
    DomainState state;
    alignas(8) std::array<std::byte, 4096> page{}, foreign_page{};
    unsigned notified = 0;  // events that the daemon sent
    bool open = false, masked = false, pending = false;
  };
  // By id; tests add, change and remove them.
  std::map<DomainId, std::shared_ptr<Domain>> domains;

  Domain& add(DomainId id) { return *(domains[id] = std::make_shared<Domain>()); }
  // An event from the domain.
  void send(DomainId id) {
    Domain& domain = *domains.at(id);
    domain.pending = true;
    deliver(id, domain);
  }
  void virq() { on_virq_(); }

  std::unique_ptr<RingLink> open(DomainId id, Gfn, Port, RingPage page) override {
    auto found = domains.find(id);
    if (found == domains.end()) fail(ESRCH, "no domain {}", id);
    auto& bytes = page == RingPage::granted ? found->second->page : found->second->foreign_page;
    return std::make_unique<Link>(*this, id, found->second, bytes.data());
  }
  std::map<DomainId, DomainState> states() override {
    std::map<DomainId, DomainState> states;
    for (const auto& [id, domain] : domains) states[id] = domain->state;
    return states;
  }
  void start(EventLoop&, std::function<void(DomainId)> on_event, std::function<void()> on_virq) override {
    on_event_ = std::move(on_event);
    on_virq_ = std::move(on_virq);
  }

 private:
  class Link final : public RingLink {
   public:
    Link(FakeRingGate& gate, DomainId id, std::shared_ptr<Domain> domain, void* page)
        : gate_(gate), id_(id), domain_(domain), page_(page) {
      domain_->open = true;
      domain_->masked = false;
    }
    ~Link() override { domain_->open = false; }
    void* page() override { return page_; }
    void notify() override { ++domain_->notified; }
    void unmask() override {
      domain_->masked = false;
      gate_.deliver(id_, *domain_);
    }

   private:
    FakeRingGate& gate_;
    DomainId id_;
    std::shared_ptr<Domain> domain_;
    void* page_;
  };

  void deliver(DomainId id, Domain& domain) {
    if (!domain.pending || domain.masked || !domain.open) return;
    domain.pending = false;
    domain.masked = true;
    on_event_(id);
  }

  std::function<void(DomainId)> on_event_;
  std::function<void()> on_virq_;
};

}  // namespace xenolith::tools
