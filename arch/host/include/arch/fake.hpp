// SPDX-License-Identifier: MIT
// What unit tests can steer and see of the fake machine.
#pragma once

#include <string>
#include <vector>

#include "core/base/own.hpp"
#include "core/base/types.hpp"
#include "core/base/units.hpp"
#include "core/time/system_time.hpp"

namespace xenolith {
class Domain;
class Vcpu;
}  // namespace xenolith

namespace xenolith::fake {

// The n-th allocation from now (0: the next) fails; -1: none does.
void fail_allocation(int countdown);
// Bytes of hypervisor heap that are allocated now: back to its old value means that nothing leaked.
size_t heap_in_use();

// Log lines since the last clear_log(), without prefix. A panic throws fake::Panic with its message.
const std::vector<std::string>& log_lines();
void clear_log();
struct Panic {
  std::string message;
};

// A domain for tests, with vCPUs built and up, found by DomainTable::find. Removed and destroyed with the object.
class TestDomain {
 public:
  struct Options {
    unsigned vcpus = 1;
    bool control = false;
    bool hardware = false;
    u64 max_pages = 1024;
    u32 max_event_channels = ~u32{0};
    u32 max_grant_frames = 64;
    u32 max_maptrack_frames = 1024;
  };
  explicit TestDomain(u16 id, Options options);
  explicit TestDomain(u16 id) : TestDomain(id, Options{}) {}
  ~TestDomain();
  Domain& operator*() const { return *domain_; }
  Domain* operator->() const { return domain_.get(); }
  Vcpu& vcpu(unsigned n = 0) const;
  // Allocates a frame and puts it at gfn; returns where its bytes are.
  std::byte* populate(Gfn gfn);

 private:
  Ref<Domain> domain_;
};

// Guest-virtual addresses in unit tests are host addresses inside ranges opened here; others fault.
class GuestRange {
 public:
  GuestRange(void* memory, size_t size);
  ~GuestRange();

 private:
  u64 first_;
};
// Makes the n-th guest copy from now fail with EFAULT; -1: none.
void fail_guest_copy(int countdown);

// What the fake hardware was asked to do for a vCPU since the last call of this function.
struct VcpuCalls {
  unsigned upcalls = 0;     // arch::event_upcall
  unsigned interrupts = 0;  // arch::interrupt_vcpu
};
VcpuCalls take_calls(Vcpu& vcpu);
unsigned take_p2m_flushes();

// The clock of the fake machine; stands still unless moved.
void set_time(SystemTime time);

}  // namespace xenolith::fake
