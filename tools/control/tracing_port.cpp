// SPDX-License-Identifier: MIT
#include "tools/control/tracing_port.hpp"

#include <cerrno>
#include <chrono>

namespace xenolith::tools {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

std::string name_of(unsigned number, unsigned command, const void* argument) {
  switch (number) {
    case __HYPERVISOR_domctl: return fmt::format("domctl {}", static_cast<const xen_domctl*>(argument)->cmd);
    case __HYPERVISOR_sysctl: return fmt::format("sysctl {}", static_cast<const xen_sysctl*>(argument)->cmd);
    case __HYPERVISOR_memory_op: return fmt::format("memory_op {}", command);
    case __HYPERVISOR_hvm_op: return fmt::format("hvm_op {}", command);
    case __HYPERVISOR_event_channel_op: return fmt::format("event_channel_op {}", command);
  }
  return fmt::format("hypercall {} {}", number, command);
}

}  // namespace

long TracingPort::call(unsigned number, unsigned command, void* argument, size_t size) {
  auto start = Clock::now();
  long result = port_->call(number, command, argument, size);
  report_(name_of(number, command, argument), since(start), result);
  return result;
}

void* TracingPort::allocate(size_t bytes) {
  auto start = Clock::now();
  void* memory = port_->allocate(bytes);
  report_(fmt::format("allocate {}", bytes), since(start), memory ? 0 : -ENOMEM);
  return memory;
}

void TracingPort::release(void* memory, size_t bytes) {
  auto start = Clock::now();
  port_->release(memory, bytes);
  report_("release", since(start), 0);
}

void* TracingPort::map(DomainId domain, bool writable, std::span<const xen_pfn_t> frames, std::span<int> errors) {
  auto start = Clock::now();
  void* address = port_->map(domain, writable, frames, errors);
  int error = errno;
  report_(fmt::format("map {} pages", frames.size()), since(start), address ? 0 : -error);
  errno = error;
  return address;
}

void TracingPort::unmap(void* address, size_t pages) {
  auto start = Clock::now();
  port_->unmap(address, pages);
  report_(fmt::format("unmap {} pages", pages), since(start), 0);
}

void* TracingPort::map_resource(DomainId domain, unsigned type, unsigned id, uint64_t first, size_t pages,
                                void** token) {
  auto start = Clock::now();
  void* address = port_->map_resource(domain, type, id, first, pages, token);
  int error = errno;
  report_(fmt::format("map resource {}", type), since(start), address ? 0 : -error);
  errno = error;
  return address;
}

void TracingPort::unmap_resource(void* address, size_t pages, void* token) {
  auto start = Clock::now();
  port_->unmap_resource(address, pages, token);
  report_("unmap resource", since(start), 0);
}

}  // namespace xenolith::tools
