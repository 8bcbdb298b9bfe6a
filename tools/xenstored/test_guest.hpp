// SPDX-License-Identifier: MIT
// A domain's side of a xenstore ring, for unit tests.
#pragma once

#include <cstring>
#include <optional>
#include <string>

#include "tools/rings/fake_ring_gate.hpp"
#include "tools/xenstore/wire.hpp"
#include "tools/xenstored/ring.hpp"

namespace xenolith::tools::xenstored {

class TestGuest {
 public:
  TestGuest(FakeRingGate& gate, DomainId id)
      : gate_(gate), id_(id), page(reinterpret_cast<xenstore_domain_interface*>(gate.domains.at(id)->page.data())) {}

  // Puts in what there is room for; the rest waits for the next call.
  void send(const Message& message) {
    waiting_ += encode(message);
    push();
  }
  void push() {
    bool any = false;
    while (!waiting_.empty() && page->req_prod - page->req_cons < XENSTORE_RING_SIZE) {
      page->req[MASK_XENSTORE_IDX(page->req_prod++)] = waiting_.front();
      waiting_.erase(0, 1);
      any = true;
    }
    if (any) gate_.send(id_);
  }
  // The next message from the daemon, if it is complete.
  std::optional<Message> receive() {
    while (page->rsp_prod != page->rsp_cons) {
      reader_.add(std::string(1, page->rsp[MASK_XENSTORE_IDX(page->rsp_cons++)]));
      if (auto message = reader_.next()) {
        gate_.send(id_);
        return message;
      }
    }
    return std::nullopt;
  }

 private:
  FakeRingGate& gate_;
  DomainId id_;
  std::string waiting_;
  MessageReader reader_;

 public:
  xenstore_domain_interface* page;
};

}  // namespace xenolith::tools::xenstored
