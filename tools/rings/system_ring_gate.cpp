// SPDX-License-Identifier: MIT
#include "tools/rings/system_ring_gate.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
#include <xengnttab.h>
}

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools {

namespace {

constexpr DomainId self{0};
}  // namespace

// One page, from whichever source, until the end of its life.
class SystemRingGate::Page {
 public:
  explicit Page(ForeignPages pages) : address_(pages.data()), foreign_(std::move(pages)) {}
  Page(xengntdev_handle* grants, void* address) : address_(address), grants_(grants) {}
  explicit Page(void* own) : address_(own), own_(true) {}
  ~Page() {
    if (grants_) xengnttab_unmap(grants_, address_, 1);
    if (own_) munmap(address_, page_size);
  }
  Page(const Page&) = delete;

  void* address() const { return address_; }

 private:
  void* address_;
  ForeignPages foreign_;
  xengntdev_handle* grants_ = nullptr;
  bool own_ = false;
};

class SystemRingGate::Link final : public RingLink {
 public:
  Link(SystemRingGate& gate, DomainId domain, Port remote, std::unique_ptr<Page> page)
      : gate_(gate), page_(std::move(page)), port_(gate.events_.bind_interdomain(domain, remote)) {
    gate_.domains_[port_] = domain;
  }
  ~Link() override {
    gate_.domains_.erase(port_);
    gate_.events_.unbind(port_);
  }

  void* page() override { return page_->address(); }
  // A domain whose end of the channel is gone needs no event.
  void notify() override {
    try {
      gate_.events_.notify(port_);
    } catch (const Error&) {
    }
  }
  void unmask() override { gate_.events_.unmask(port_); }

 private:
  SystemRingGate& gate_;
  std::unique_ptr<Page> page_;
  Port port_;
};

SystemRingGate::SystemRingGate(GrantRef grant, std::optional<uint32_t> virq, std::string own_page)
    : grant_(grant), own_page_(std::move(own_page)), hypervisor_(Hypervisor::open()), grants_(xengnttab_open(nullptr, 0)) {
  if (virq) virq_ = events_.bind_virq(*virq);
}

SystemRingGate::~SystemRingGate() {
  if (grants_) xengnttab_close(grants_);
}

std::unique_ptr<SystemRingGate::Page> SystemRingGate::map(DomainId domain, Gfn gfn, RingPage page) {
  if (domain == self && !own_page_.empty()) {
    UniqueFd fd(check(::open(own_page_.c_str(), O_RDWR | O_CLOEXEC), "opening {}", own_page_));
    void* address = ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (address == MAP_FAILED) fail_errno("mapping {}", own_page_);
    return std::make_unique<Page>(address);
  }
  void* address = nullptr;
  if (grants_ && page == RingPage::granted)
    address = xengnttab_map_grant_ref(grants_, domain.value(), grant_.value(), PROT_READ | PROT_WRITE);
  if (address) return std::make_unique<Page>(grants_, address);
  return std::make_unique<Page>(hypervisor_->memory.map(domain, gfn));
}

std::unique_ptr<RingLink> SystemRingGate::open(DomainId domain, Gfn gfn, Port port, RingPage page) {
  return std::make_unique<Link>(*this, domain, port, map(domain, gfn, page));
}

std::map<DomainId, DomainState> SystemRingGate::states() {
  std::map<DomainId, DomainState> states;
  for (const DomainInfo& info : hypervisor_->domains.list()) states[info.id] = {info.dying, info.shutdown};
  return states;
}

void SystemRingGate::start(EventLoop& loop, std::function<void(DomainId)> on_event, std::function<void()> on_virq) {
  on_event_ = std::move(on_event);
  on_virq_ = std::move(on_virq);
  source_ = loop.watch(events_.fd(), EPOLLIN, [this](uint32_t) { on_events(); });
}

void SystemRingGate::on_events() {
  while (auto port = events_.pending()) {
    if (port == virq_) {
      events_.unmask(*port);
      on_virq_();
    } else if (auto known = domains_.find(*port); known != domains_.end()) {
      on_event_(known->second);
    }
  }
}

}  // namespace xenolith::tools
