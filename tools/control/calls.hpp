// SPDX-License-Identifier: MIT
// For the implementation of tools/control only: hypercalls whose failure is an Error.
#pragma once

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/control/hypercall_buffer.hpp"

namespace xenolith::tools::calls {

// `what` continues with the domain: "pausing domain" gives "pausing domain 5: No such process".
inline long checked(long result, const char* what, DomainId domain) {
  if (result < 0) throw_errno(int(-result), fmt::format("{} {}", what, domain));
  return result;
}

inline long checked(long result, const char* what) {
  if (result < 0) throw_errno(int(-result), what);
  return result;
}

// A domctl on `domain`; returns a negative errno value instead of throwing.
inline long try_domctl(HypercallPort& port, uint32_t command, DomainId domain, xen_domctl& op) {
  op.cmd = command;
  op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
  op.domain = domain.value();
  return port.call(__HYPERVISOR_domctl, 0, &op, sizeof op);
}

inline long domctl(HypercallPort& port, uint32_t command, DomainId domain, xen_domctl& op, const char* what) {
  failure_point(what);
  return checked(try_domctl(port, command, domain, op), what, domain);
}

inline long try_sysctl(HypercallPort& port, uint32_t command, xen_sysctl& op) {
  op.cmd = command;
  op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
  return port.call(__HYPERVISOR_sysctl, 0, &op, sizeof op);
}

inline long sysctl(HypercallPort& port, uint32_t command, xen_sysctl& op, const char* what) {
  failure_point(what);
  return checked(try_sysctl(port, command, op), what);
}

// A hypercall with a command and an argument that names `domain`.
template <typename T>
long command(HypercallPort& port, unsigned number, unsigned command, T& argument, DomainId domain, const char* what) {
  failure_point(what);
  return checked(port.call(number, command, &argument, sizeof argument), what, domain);
}

// A handle field of the interface is set to point to a buffer. Handles for 64 bits may be unions of pointer and
// integer.
template <typename Handle, typename T>
void set_handle(Handle& handle, T* data) {
  handle.p = data;
}

}  // namespace xenolith::tools::calls
