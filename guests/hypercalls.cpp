// SPDX-License-Identifier: MIT
// Every hypercall number answers; addresses that are none and callers that may not are refused.
#include "guests/hypercalls.hpp"

#include "guests/framework/test.hpp"

namespace xenolith::guest {
namespace {

constexpr u64 nowhere = u64{1} << 40;              // in no page table
constexpr u64 noncanonical = u64{0x8000} << 48;

// Numbers that nobody uses (xen/xen.h, "hypercalls"), and those that mean something for PV guests only.
void unknown_numbers() {
  Check check{"unknown"};
  for (u64 number : {u64{43}, u64{47}, u64{56}, u64{63}, u64{64}, u64{127}, u64{128}, u64{4096}, u64{0x7fffffff}, u64{1} << 32,
                     (u64{1} << 32) | __HYPERVISOR_xen_version, ~u64{0}})
    check.expect(hypercall(number) == -XEN_ENOSYS, "number {:#x} answers {}", number, hypercall(number));
}

// A wrong sub-operation of each is refused, and the guest lives.
void every_number() {
  Check check{"every_number"};
  for (u64 number = 0; number < 64; ++number) {
    if (number == __HYPERVISOR_iret) continue;  // has no stub for a guest like this
    long answer = hypercall(number, 0x7fff'ffff, nowhere, nowhere, nowhere, nowhere);
    bool harmless = number == __HYPERVISOR_set_timer_op || number == __HYPERVISOR_multicall;  // a time, and a list of no calls
    check.expect(harmless || answer < 0, "number {} takes sub-operation 0x7fffffff with {}", number, answer);
    check.expect(answer > -4096, "number {} answers {}", number, answer);
  }
}

void version() {
  Check check{"version"};
  long version = version_op(XENVER_version, nullptr);
  check.equal(version >> 16, 4, "major");
  check.equal(version & 0xffff, 17, "minor");
  xen_extraversion_t extra{};
  check.equal(version_op(XENVER_extraversion, extra), 0, "answer to extraversion");
  check.expect(extra[0] != 0, "extra version is empty");
  check.equal(version_op(XENVER_pagesize, nullptr), long{page_size}, "page size");
  xen_feature_info features{.submap_idx = 0, .submap = 0};
  check.equal(version_op(XENVER_get_features, &features), 0, "answer to get_features");
  for (u32 feature : expected_features())
    check.expect(features.submap >> feature & 1, "feature {} is not there ({:#x})", feature, features.submap);
  check.equal(version_op(1000, nullptr), -XEN_ENOSYS, "answer to an unknown sub-operation");
}

void bad_addresses() {
  Check check{"bad_addresses"};
  for (u64 address : {nowhere, noncanonical, ~u64{0}, ~u64{0xf}}) {
    auto refused = [&](std::string_view what, long answer) {
      check.expect(answer == -XEN_EFAULT, "{} at {:#x} answers {}", what, address, answer);
    };
    refused("xen_version", hypercall(__HYPERVISOR_xen_version, XENVER_extraversion, address));
    refused("memory_op", hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, address));
    refused("event_channel_op", hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_status, address));
    refused("hvm_op", hypercall(__HYPERVISOR_hvm_op, HVMOP_get_param, address));
    refused("sched_op", hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, address));
    refused("vcpu_op", hypercall(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 0, address));
    refused("grant_table_op", hypercall(__HYPERVISOR_grant_table_op, GNTTABOP_query_size, address, 1));
    refused("multicall", hypercall(__HYPERVISOR_multicall, address, 1));
    refused("sysctl", hypercall(__HYPERVISOR_sysctl, address));
    refused("domctl", hypercall(__HYPERVISOR_domctl, address));
    refused("console_io", hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, 8, address));
  }
}

// A structure of which only the first half is mapped.
void half_mapped() {
  Check check{"half_mapped"};
  auto* poll = reinterpret_cast<sched_poll*>(end_of_map() - 4);
  check.equal(sched_op(SCHEDOP_poll, poll), -XEN_EFAULT, "answer");
}

void wrong_interface_versions() {
  Check check{"interface_versions"};
  static xen_sysctl sysctl;
  static xen_domctl domctl;
  static xen_platform_op platform;
  sysctl.interface_version = domctl.interface_version = platform.interface_version = 1;
  check.equal(hypercall(__HYPERVISOR_sysctl, address_of(&sysctl)), -XEN_EACCES, "sysctl");
  check.equal(hypercall(__HYPERVISOR_domctl, address_of(&domctl)), -XEN_EACCES, "domctl");
  check.equal(hypercall(__HYPERVISOR_platform_op, address_of(&platform)), -XEN_EACCES, "platform_op");
}

void multicalls() {
  Check check{"multicall"};
  static multicall_entry calls[3];
  calls[0].op = __HYPERVISOR_xen_version;
  calls[0].args[0] = XENVER_pagesize;
  calls[1].op = 200;
  calls[2].op = __HYPERVISOR_xen_version;
  calls[2].args[0] = XENVER_version;
  check.equal(hypercall(__HYPERVISOR_multicall, address_of(calls), 3), 0, "answer");
  check.equal(static_cast<long>(calls[0].result), long{page_size}, "first result");
  check.equal(static_cast<long>(calls[1].result), -XEN_ENOSYS, "second result");
  check.equal(static_cast<long>(calls[2].result) >> 16, 4, "third result");
}

}  // namespace

void test_main() {
  unknown_numbers();
  every_number();
  version();
  bad_addresses();
  half_mapped();
  wrong_interface_versions();
  multicalls();
  architecture_checks();
}

}  // namespace xenolith::guest
