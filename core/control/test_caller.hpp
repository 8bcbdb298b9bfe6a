// SPDX-License-Identifier: MIT
// For tests of control operations: hypercalls with structures of the test's own, made by number as a guest makes them.
#pragma once

#include <arch/fake.hpp>
#include <arch/fake_control.hpp>
#include <gtest/gtest.h>

#include "core/hypercall/table.hpp"
#include "core/run/cpu_work.hpp"
#include "core/run/quiescent.hpp"

namespace xenolith::test {

// Makes every handler that asks think that it has to stop.
class Preempting {
 public:
  Preempting() { run_work_soon(Work::console); }
  ~Preempting() { pending_work[arch::this_cpu().raw()].bits = 0; }
};

// All of the test program's memory but the first page is the guest's to name.
inline void open_guest_memory() {
  static fake::GuestRange everything{reinterpret_cast<void*>(page_size), size_t{1} << 47};
}

template <class T>
u64 word(const T& value) {
  if constexpr (std::is_array_v<T>) return reinterpret_cast<u64>(&value[0]);
  else if constexpr (std::is_pointer_v<T>) return reinterpret_cast<u64>(value);
  else if constexpr (std::is_same_v<T, std::nullptr_t>) return 0;
  else return static_cast<u64>(value);
}

// Makes hypercall `number`, again as long as it asks for that; counts how often it did.
template <class... Arguments>
i64 hypercall_by(Vcpu& caller, u64 number, unsigned& repeats, const Arguments&... values) {
  open_guest_memory();
  HypercallArguments arguments{{word(values)...}};
  for (repeats = 0;; ++repeats) {
    HypercallOutcome outcome = hypercall(caller, number, arguments);
    if (outcome.is_done()) return outcome.value();
    arguments = outcome.arguments();
  }
}

// A control domain that is the hardware domain, and another that is neither.
class ControlTest : public testing::Test {
 protected:
  using Options = fake::TestDomain::Options;
  ControlTest() {
    fake::control_record() = {};
    for (unsigned i = 0; i < 4; ++i) quiescent::pass();  // the domains of earlier tests are gone for good
  }
  ~ControlTest() override { pending_work[arch::this_cpu().raw()].bits = 0; }

  template <class... Arguments>
  i64 call(u64 number, const Arguments&... values) {
    return hypercall_by(dom0.vcpu(), number, repeats, values...);
  }
  template <class... Arguments>
  i64 guest_call(u64 number, const Arguments&... values) {
    return hypercall_by(guest.vcpu(), number, repeats, values...);
  }

  xen_domctl domctl_of(u32 command, domid_t domain) {
    xen_domctl op{};
    op.cmd = command;
    op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op.domain = domain;
    return op;
  }
  i64 run(xen_domctl& op) { return call(__HYPERVISOR_domctl, &op); }
  i64 simple_domctl(u32 command, domid_t domain) {
    xen_domctl op = domctl_of(command, domain);
    return run(op);
  }
  xen_sysctl sysctl_of(u32 command) {
    xen_sysctl op{};
    op.cmd = command;
    op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return op;
  }
  i64 run(xen_sysctl& op) { return call(__HYPERVISOR_sysctl, &op); }

  fake::TestDomain dom0{0, {.vcpus = 2, .control = true, .hardware = true}};
  fake::TestDomain guest{7, {.vcpus = 2}};
  unsigned repeats = 0;
};

}  // namespace xenolith::test
