// SPDX-License-Identifier: MIT
// Random operations against a reference model that is as simple as the interface's own words.
#include <array>
#include <random>

#include "core/events/event_test.hpp"

namespace xenolith {
namespace {

struct ModelPort {
  u32 status = EVTCHNSTAT_closed;
  u16 domain = 0;  // who may bind, or the peer
  u32 port = 0;    // the peer's
  bool pending = false;
};

struct Model {
  static constexpr u32 ports = 40;
  std::array<std::array<ModelPort, ports>, 3> domain;  // by id

  u32 free(u16 id) {
    for (u32 port = 1; port < ports; ++port)
      if (domain[id][port].status == EVTCHNSTAT_closed) return port;
    return 0;
  }
  ModelPort* peer(u16 id, u32 port) {
    ModelPort& at = domain[id][port];
    return at.status == EVTCHNSTAT_interdomain ? &domain[at.domain][at.port] : nullptr;
  }
};

class ModelTest : public EventTest {
 protected:
  Model model;
  std::mt19937 random{7};

  EventTable& table(u16 id) { return (id == 1 ? one : two)->events(); }

  void make(u16 id, u16 other) {
    u32 expected = model.free(id);
    auto port = random() % 2 ? table(id).alloc_unbound(DomainId{other}) : table(id).bind_ipi(VcpuId{0});
    ASSERT_EQ(port ? port->raw() : 0, expected);
    if (!port) return;
    bool is_ipi = table(id).status(*port)->status == EVTCHNSTAT_ipi;
    model.domain[id][expected] = {u32(is_ipi ? EVTCHNSTAT_ipi : EVTCHNSTAT_unbound), other, 0, false};
  }
  void bind(u16 id, u16 other, u32 there) {
    ModelPort& far = model.domain[other][there];
    bool may = far.status == EVTCHNSTAT_unbound && far.domain == id && model.free(id) != 0;
    u32 here = model.free(id);
    auto port = table(id).bind_interdomain(**(other == 1 ? &one : &two), Port{there});
    ASSERT_EQ(bool{port}, may);
    if (!may) return;
    ASSERT_EQ(port->raw(), here);
    model.domain[id][here] = {EVTCHNSTAT_interdomain, other, there, true};
    far.status = EVTCHNSTAT_interdomain, far.domain = id, far.port = here;
  }
  void close(u16 id, u32 port) {
    ModelPort& at = model.domain[id][port];
    ASSERT_EQ(bool{table(id).close(Port{port})}, at.status != EVTCHNSTAT_closed);
    if (ModelPort* far = model.peer(id, port)) far->status = EVTCHNSTAT_unbound, far->domain = id;
    at = {};
  }
  void send(u16 id, u32 port) {
    ModelPort& at = model.domain[id][port];
    ASSERT_EQ(bool{table(id).send(Port{port})}, at.status != EVTCHNSTAT_closed);
    if (at.status == EVTCHNSTAT_ipi) at.pending = true;
    if (ModelPort* far = model.peer(id, port)) far->pending = true;
  }
  void compare(u16 id) {
    for (u32 port = 1; port < Model::ports; ++port) {
      const ModelPort& at = model.domain[id][port];
      auto status = table(id).status(Port{port});
      ASSERT_TRUE(status);
      ASSERT_EQ(status->status, at.status) << id << ":" << port;
      ASSERT_EQ(table(id).is_pending(Port{port}), at.pending) << id << ":" << port;
      if (at.status == EVTCHNSTAT_unbound) {
        ASSERT_EQ(status->u.unbound.dom, at.domain);
      }
      if (at.status == EVTCHNSTAT_interdomain) {
        ASSERT_EQ(status->u.interdomain.port, at.port);
      }
    }
  }
};

TEST_F(ModelTest, RandomOperations) {
  ipi(one.vcpu()), ipi(two.vcpu());  // the first bucket and port 1 are there
  model.domain[1][1].status = model.domain[2][1].status = EVTCHNSTAT_ipi;
  one->events().set_limit(Model::ports - 1), two->events().set_limit(Model::ports - 1);
  for (int n = 0; n < 20000 && !HasFatalFailure(); ++n) {
    u16 id = 1 + random() % 2, other = 3 - id;
    u32 port = 1 + random() % (Model::ports - 1);
    switch (random() % 6) {
      case 0: make(id, other); break;
      case 1: bind(id, other, port); break;
      case 2: close(id, port); break;
      default: send(id, port); break;
      case 5:
        if (take_pending(id == 1 ? *one : *two, port)) model.domain[id][port].pending = false;
        else EXPECT_FALSE(model.domain[id][port].pending);
    }
    if (n % 50 == 0) compare(1), compare(2);
  }
}

}  // namespace
}  // namespace xenolith
