// SPDX-License-Identifier: MIT
#include "tools/xenstored/system_gate.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
#include <xengnttab.h>
}

#include <charconv>
#include <string>

#include "tools/base/error.hpp"
#include "tools/base/unique_fd.hpp"

namespace xenolith::tools::xenstored {

namespace {

constexpr DomainId self{0};
// Our own kernel's ring has no frame number that matters.
constexpr Gfn own_frame{0};
constexpr const char* own_page_file = "/proc/xen/xsd_kva";
constexpr const char* own_port_file = "/proc/xen/xsd_port";

}  // namespace

// One page, from whichever source, until the end of its life.
class SystemGate::Page {
 public:
  explicit Page(ForeignPages pages) : address_(pages.data()), foreign_(std::move(pages)) {}
  Page(xengntdev_handle* grants, void* address) : address_(address), grants_(grants) {}
  explicit Page(void* own) : address_(own), own_(true) {}
  ~Page() {
    if (grants_) xengnttab_unmap(grants_, address_, 1);
    if (own_) munmap(address_, page_size);
  }
  Page(const Page&) = delete;

  xenstore_domain_interface* interface() const { return static_cast<xenstore_domain_interface*>(address_); }

 private:
  void* address_;
  ForeignPages foreign_;
  xengntdev_handle* grants_ = nullptr;
  bool own_ = false;
};

class SystemGate::Link final : public RingLink {
 public:
  Link(SystemGate& gate, DomainId domain, Port remote, std::unique_ptr<Page> page)
      : gate_(gate), page_(std::move(page)), port_(gate.events_.bind_interdomain(domain, remote)) {
    gate_.domains_[port_] = domain;
  }
  ~Link() override {
    gate_.domains_.erase(port_);
    gate_.events_.unbind(port_);
  }

  xenstore_domain_interface* page() override { return page_->interface(); }
  // A domain whose end of the channel is gone needs no event.
  void notify() override {
    try {
      gate_.events_.notify(port_);
    } catch (const Error&) {
    }
  }
  void unmask() override { gate_.events_.unmask(port_); }

 private:
  SystemGate& gate_;
  std::unique_ptr<Page> page_;
  Port port_;
};

SystemGate::SystemGate() : hypervisor_(Hypervisor::open()), grants_(xengnttab_open(nullptr, 0)) {
  exceptions_ = events_.bind_virq(VIRQ_DOM_EXC);
}

SystemGate::~SystemGate() {
  if (grants_) xengnttab_close(grants_);
}

std::unique_ptr<SystemGate::Page> SystemGate::map(DomainId domain, Gfn gfn) {
  if (domain == self) {
    UniqueFd fd(check(::open(own_page_file, O_RDWR | O_CLOEXEC), "opening {}", own_page_file));
    void* address = ::mmap(nullptr, page_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (address == MAP_FAILED) fail_errno("mapping {}", own_page_file);
    return std::make_unique<Page>(address);
  }
  void* address = nullptr;
  if (grants_)
    address = xengnttab_map_grant_ref(grants_, domain.value(), GNTTAB_RESERVED_XENSTORE, PROT_READ | PROT_WRITE);
  if (address) return std::make_unique<Page>(grants_, address);
  return std::make_unique<Page>(hypervisor_->memory.map(domain, gfn));
}

std::unique_ptr<RingLink> SystemGate::open(DomainId domain, Gfn gfn, Port port) {
  return std::make_unique<Link>(*this, domain, port, map(domain, gfn));
}

std::pair<Gfn, Port> SystemGate::own_ring() {
  UniqueFd fd(check(::open(own_port_file, O_RDONLY | O_CLOEXEC), "opening {}", own_port_file));
  char text[20];
  ssize_t length = check(::read(fd.get(), text, sizeof text), "reading {}", own_port_file);
  uint32_t port = 0;
  if (std::from_chars(text, text + length, port).ec != std::errc()) fail(EINVAL, "{} holds no port", own_port_file);
  return {own_frame, Port(port)};
}

std::map<DomainId, DomainState> SystemGate::states() {
  std::map<DomainId, DomainState> states;
  for (const DomainInfo& info : hypervisor_->domains.list()) states[info.id] = {info.dying, info.shutdown};
  return states;
}

void SystemGate::start(EventLoop& loop, std::function<void(DomainId)> on_event, std::function<void()> on_domains) {
  on_event_ = std::move(on_event);
  on_domains_ = std::move(on_domains);
  source_ = loop.watch(events_.fd(), EPOLLIN, [this](uint32_t) { on_events(); });
}

void SystemGate::on_events() {
  while (auto port = events_.pending()) {
    if (*port == exceptions_) {
      events_.unmask(*port);
      on_domains_();
    } else if (auto known = domains_.find(*port); known != domains_.end()) {
      on_event_(known->second);
    }
  }
}

}  // namespace xenolith::tools::xenstored
