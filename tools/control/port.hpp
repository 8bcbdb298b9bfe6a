// SPDX-License-Identifier: MIT
// The edge of the tools: hypercalls and mappings of other domains' memory. SystemPort reaches the hypervisor through
// libxencall and libxenforeignmemory; FakePort (fake_port.hpp) is a model of one, for unit tests.
#pragma once

#include <memory>
#include <span>

#include "tools/control/interface.hpp"
#include "tools/control/types.hpp"

namespace xenolith::tools {

// Implementations may be used from several threads at once.
class HypercallPort {
 public:
  virtual ~HypercallPort() = default;

  // Makes hypercall `number` (__HYPERVISOR_*). `argument` of `size` bytes is copied in and out; handles in it must
  // point into memory of allocate(). `command` is the first argument of hypercalls that have one (memory_op,
  // event_channel_op, hvm_op, sched_op, xen_version); domctl and sysctl carry it in the structure and pass 0. Returns
  // the hypercall's value, at least 0, or a negative errno value.
  virtual long call(unsigned number, unsigned command, void* argument, size_t size) = 0;

  // Memory that hypercalls can reach, zeroed, page aligned. nullptr when there is none.
  virtual void* allocate(size_t bytes) = 0;
  virtual void release(void* memory, size_t bytes) = 0;

  // Maps the frames in order, read-only or writable. errors, one for each frame, gets 0 or an errno value; frames with
  // an error must not be touched. Returns nullptr with errno set when nothing was mapped at all.
  virtual void* map(DomainId domain, bool writable, std::span<const xen_pfn_t> frames, std::span<int> errors) = 0;
  virtual void unmap(void* address, size_t pages) = 0;

  // Maps frames of a resource (XENMEM_resource_*) of a domain, writable. Returns nullptr with errno set on failure.
  // The token goes back to unmap_resource().
  virtual void* map_resource(DomainId domain, unsigned type, unsigned id, uint64_t first, size_t pages,
                             void** token) = 0;
  virtual void unmap_resource(void* address, size_t pages, void* token) = 0;
};

// The port of this machine. Throws Error when the hypervisor cannot be reached: not root, or not on one.
std::unique_ptr<HypercallPort> open_system_port();

}  // namespace xenolith::tools
