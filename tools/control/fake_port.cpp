// SPDX-License-Identifier: MIT
#include "tools/control/fake_port.hpp"

#include <fcntl.h>
#include <sys/mman.h>

#include <cstdlib>
#include <cstring>

#include "tools/base/error.hpp"

namespace xenolith::tools {

FakePort::FakePort(uint64_t pages, uint32_t cpus) : cpu_pool_(cpus, 0), total_pages_(pages), free_pages_(pages) {
  memory_ = UniqueFd(check(::memfd_create("fake-machine", MFD_CLOEXEC), "making a fake machine's memory"));
  pools_[0] = XEN_SCHEDULER_CREDIT2;
  FakeDomain& dom0 = domains_[DomainId(0)];
  dom0.paused = false;
  dom0.vcpus = cpus;
  dom0.spec.flags = XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap;
  dom0.ports.resize(1);
}

FakePort::~FakePort() = default;

void FakePort::fail_call(unsigned nth, int error) {
  std::lock_guard lock(mutex_);
  fail_at_ = nth ? calls_ + nth : 0;
  fail_error_ = error;
}

FakeDomain* FakePort::find(DomainId domain) {
  auto found = domains_.find(domain);
  return found == domains_.end() ? nullptr : &found->second;
}

void FakePort::guest_shutdown(DomainId domain, uint32_t reason) {
  FakeDomain* found = find(domain);
  found->shutdown = true;
  found->reason = reason;
}

std::vector<uint8_t> FakePort::read(DomainId domain, uint64_t address, size_t size) {
  std::vector<uint8_t> bytes(size);
  FakeDomain* found = find(domain);
  for (size_t i = 0; found && i < size;) {
    size_t piece = std::min<size_t>(size - i, page_size - (address + i) % page_size);
    auto frame = found->frames.find((address + i) / page_size);
    if (frame != found->frames.end()) {
      off_t offset = off_t(frame->second * page_size + (address + i) % page_size);
      if (::pread(memory_.get(), bytes.data() + i, piece, offset) < 0) fail_errno("reading the fake machine's memory");
    }
    i += piece;
  }
  return bytes;
}

// Notes a call; gives the errno value that it must fail with, or 0.
int FakePort::begin(std::string what) {
  log_.push_back(std::move(what));
  return ++calls_ == fail_at_ ? fail_error_ : 0;
}

long FakePort::call(unsigned number, unsigned command, void* argument, size_t size) {
  std::lock_guard lock(mutex_);
  switch (number) {
    case __HYPERVISOR_domctl: {
      auto& op = *static_cast<xen_domctl*>(argument);
      if (int error = begin(fmt::format("domctl {} domain {}", op.cmd, op.domain))) return -error;
      return size == sizeof op ? domctl(op) : -EINVAL;
    }
    case __HYPERVISOR_sysctl: {
      auto& op = *static_cast<xen_sysctl*>(argument);
      if (int error = begin(fmt::format("sysctl {}", op.cmd))) return -error;
      return size == sizeof op ? sysctl(op) : -EINVAL;
    }
    case __HYPERVISOR_memory_op:
      if (int error = begin(fmt::format("memory_op {}", command))) return -error;
      return memory_op(command, argument);
    case __HYPERVISOR_hvm_op:
      if (int error = begin(fmt::format("hvm_op {}", command))) return -error;
      return hvm_op(command, *static_cast<xen_hvm_param*>(argument));
    case __HYPERVISOR_event_channel_op:
      if (int error = begin(fmt::format("event_channel_op {}", command))) return -error;
      return event_channel_op(command, argument);
    case __HYPERVISOR_grant_table_op: {
      if (int error = begin(fmt::format("grant_table_op {}", command))) return -error;
      if (command != GNTTABOP_get_version) return -ENOSYS;
      auto& version = *static_cast<gnttab_get_version*>(argument);
      version.version = 1;
      return find(DomainId(version.dom)) ? 0 : -ESRCH;
    }
    case __HYPERVISOR_sched_op: {
      if (int error = begin(fmt::format("sched_op {}", command))) return -error;
      if (command != SCHEDOP_remote_shutdown) return -ENOSYS;
      auto& shutdown = *static_cast<sched_remote_shutdown*>(argument);
      if (!find(DomainId(shutdown.domain_id))) return -ESRCH;
      guest_shutdown(DomainId(shutdown.domain_id), shutdown.reason);
      return 0;
    }
    case __HYPERVISOR_xen_version:
      if (int error = begin(fmt::format("xen_version {}", command))) return -error;
      return version(command, argument);
  }
  return -ENOSYS;
}

void* FakePort::allocate(size_t bytes) {
  std::lock_guard lock(mutex_);
  size_t rounded = (bytes + page_size - 1) / page_size * page_size;
  void* memory = std::aligned_alloc(page_size, rounded);
  if (!memory) return nullptr;
  std::memset(memory, 0, rounded);
  buffers_[reinterpret_cast<uintptr_t>(memory)] = rounded;
  return memory;
}

void FakePort::release(void* memory, size_t) {
  std::lock_guard lock(mutex_);
  buffers_.erase(reinterpret_cast<uintptr_t>(memory));
  std::free(memory);
}

// Whether a hypercall may touch it: only memory of allocate().
bool FakePort::reachable(const void* memory, size_t size) const {
  uintptr_t address = reinterpret_cast<uintptr_t>(memory);
  auto after = buffers_.upper_bound(address);
  if (size == 0) return true;
  if (after == buffers_.begin()) return false;
  auto& [start, bytes] = *std::prev(after);
  return address - start <= bytes && size <= bytes - (address - start);
}

size_t FakePort::take_page() {
  if (!spare_pages_.empty()) {
    size_t page = spare_pages_.back();
    spare_pages_.pop_back();
    return page;
  }
  constexpr size_t step = 256;
  if (memory_pages_ % step == 0)
    check(::ftruncate(memory_.get(), off_t((memory_pages_ + step) * page_size)), "growing the fake machine's memory");
  return memory_pages_++;
}

void FakePort::give_page(size_t page) {
  // The next owner finds zeros.
  ::fallocate(memory_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off_t(page * page_size), page_size);
  spare_pages_.push_back(page);
}

void* FakePort::reserve(size_t pages) {
  void* address = ::mmap(nullptr, pages * page_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return address == MAP_FAILED ? nullptr : address;
}

bool FakePort::place(void* address, size_t index, size_t page, bool writable) {
  int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void* at = static_cast<char*>(address) + index * page_size;
  return ::mmap(at, page_size, protection, MAP_SHARED | MAP_FIXED, memory_.get(), off_t(page * page_size)) !=
         MAP_FAILED;
}

void* FakePort::map(DomainId domain, bool writable, std::span<const xen_pfn_t> frames, std::span<int> errors) {
  std::lock_guard lock(mutex_);
  if ((errno = begin(fmt::format("map {} pages of domain {}", frames.size(), domain)))) return nullptr;
  FakeDomain* found = find(domain);
  void* address = found && !frames.empty() ? reserve(frames.size()) : nullptr;
  if (!address) {
    errno = found ? EINVAL : ESRCH;
    return nullptr;
  }
  for (size_t i = 0; i < frames.size(); ++i) {
    auto frame = found->frames.find(frames[i]);
    bool placed = frame != found->frames.end() && place(address, i, frame->second, writable);
    errors[i] = placed ? 0 : EINVAL;
  }
  ++mappings_;
  return address;
}

void FakePort::unmap(void* address, size_t pages) {
  std::lock_guard lock(mutex_);
  ::munmap(address, pages * page_size);
  --mappings_;
}

void* FakePort::map_resource(DomainId domain, unsigned type, unsigned id, uint64_t first, size_t pages, void** token) {
  std::lock_guard lock(mutex_);
  if ((errno = begin(fmt::format("map resource {} of domain {}", type, domain)))) return nullptr;
  FakeDomain* found = find(domain);
  errno = found ? EINVAL : ESRCH;
  if (!found || type != XENMEM_resource_grant_table || id != 0 || first != 0 || pages != 1) return nullptr;
  void* address = reserve(1);
  if (!address || !place(address, 0, found->grant_table, true)) return nullptr;
  ++mappings_;
  *token = address;
  return address;
}

void FakePort::unmap_resource(void* address, size_t pages, void*) { unmap(address, pages); }

}  // namespace xenolith::tools
