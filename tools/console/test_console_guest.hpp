// SPDX-License-Identifier: MIT
// A domain's side of a console ring, for unit tests.
#pragma once

#include <string>

#include "tools/console/console_ring.hpp"
#include "tools/rings/fake_ring_gate.hpp"

namespace xenolith::tools::console {

class TestConsoleGuest {
 public:
  TestConsoleGuest(FakeRingGate& gate, DomainId id, RingPage which = RingPage::granted) : gate_(gate), id_(id) {
    auto& domain = *gate.domains.at(id);
    page = reinterpret_cast<xencons_interface*>(which == RingPage::granted ? domain.page.data() : domain.foreign_page.data());
  }

  // Returns how many bytes there was room for.
  size_t print(std::string_view bytes) {
    size_t count = 0;
    while (count < bytes.size() && page->out_prod - page->out_cons < sizeof page->out)
      page->out[MASK_XENCONS_IDX(page->out_prod++, page->out)] = bytes[count++];
    gate_.send(id_);
    return count;
  }
  std::string typed() {
    std::string bytes;
    while (page->in_cons != page->in_prod) bytes += page->in[MASK_XENCONS_IDX(page->in_cons++, page->in)];
    gate_.send(id_);
    return bytes;
  }

  xencons_interface* page;

 private:
  FakeRingGate& gate_;
  DomainId id_;
};

}  // namespace xenolith::tools::console
