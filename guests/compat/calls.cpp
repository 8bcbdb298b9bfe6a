// SPDX-License-Identifier: MIT
// Versions, multicalls, parameters, and the page of information.
#include "guests/compat/guest.hpp"

namespace xenolith::guest32 {
namespace {

void versions() {
  Check check{"versions"};
  check.equal(static_cast<u32>(version_op(XENVER_version, nullptr)), 4u << 16 | 17, "version");
  check.equal(static_cast<u32>(version_op(XENVER_pagesize, nullptr)), page_bytes, "page size");
  Guarded<xen_feature_info> features;
  check.equal(static_cast<u32>(version_op(XENVER_get_features, &features.value)), 0, "answer to get_features");
  check.expect(features.value.submap & 1u << XENFEAT_auto_translated_physmap, "not auto-translated", features.value.submap);
  Guarded<xen_platform_parameters> parameters;
  check.equal(static_cast<u32>(version_op(XENVER_platform_parameters, &parameters.value)), 0, "answer to platform_parameters");
  check.expect(features.is_whole() && parameters.is_whole(), "bytes behind an answer have changed");
}

void multicalls() {
  Check check{"multicalls"};
  Guarded<multicall_entry[3]> calls;
  calls.value[0] = {.op = __HYPERVISOR_xen_version, .result = 1, .args = {XENVER_version}};
  calls.value[1] = {.op = 63, .result = 1, .args = {}};
  calls.value[2] = {.op = __HYPERVISOR_xen_version, .result = 1, .args = {XENVER_pagesize}};
  check.equal(static_cast<u32>(hypercall(__HYPERVISOR_multicall, address_of(&calls.value), 3)), 0, "answer");
  check.equal(calls.value[0].result, 4u << 16 | 17, "first result");
  check.equal(calls.value[1].result, static_cast<u32>(-XEN_ENOSYS), "second result");
  check.equal(calls.value[2].result, page_bytes, "third result");
  check.expect(calls.is_whole(), "bytes behind the calls have changed");
}

void parameters() {
  Check check{"parameters"};
  Guarded<xen_hvm_param> request;
  request.value = {.domid = DOMID_SELF, .pad = 0, .index = HVM_PARAM_CALLBACK_IRQ, .value = u64{HVM_PARAM_CALLBACK_TYPE_VECTOR} << 56 | 0xf3};
  check.equal(static_cast<u32>(hvm_op(HVMOP_set_param, &request.value)), 0, "answer to set_param");
  request.value.value = 0;
  check.equal(static_cast<u32>(hvm_op(HVMOP_get_param, &request.value)), 0, "answer to get_param");
  check.equal(static_cast<u32>(request.value.value >> 56), HVM_PARAM_CALLBACK_TYPE_VECTOR, "its type");
  check.equal(static_cast<u32>(request.value.value), 0xf3, "its vector");
  check.expect(request.is_whole(), "bytes behind it have changed");
}

void shared_clock() {
  Check check{"shared_clock"};
  constexpr u32 year_2020 = 1'577'836'800;
  check.expect(shared().wc_version && shared().wc_version % 2 == 0, "version of the wall clock", shared().wc_version);
  check.expect(shared().wc_sec > year_2020 && shared().wc_sec + (system_time() >> 30) > year_2020, "its seconds", shared().wc_sec);
  check.expect(shared().wc_nsec < 1'000'000'000, "its nanoseconds", shared().wc_nsec);
  check.equal(shared().arch.wc_sec_hi, 0, "its high seconds");
  check.expect(own_info().time.tsc_to_system_mul != 0, "no scale of the vCPU's time");
  check.expect(system_time() > own_info().time.system_time, "system time lies before the vCPU's");
}

}  // namespace

void check_calls() {
  versions();
  multicalls();
  parameters();
  shared_clock();
}

}  // namespace xenolith::guest32
