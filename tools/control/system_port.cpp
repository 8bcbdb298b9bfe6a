// SPDX-License-Identifier: MIT
#include <sys/mman.h>

#include <cstdarg>
#include <cstring>

#include "tools/base/error.hpp"
#include "tools/control/port.hpp"

extern "C" {
#include <xencall.h>
#include <xenforeignmemory.h>
#include <xentoollog.h>
}

namespace xenolith::tools {
namespace {

struct CloseCall {
  void operator()(xencall_handle* handle) const { xencall_close(handle); }
};
struct CloseMemory {
  void operator()(xenforeignmemory_handle* handle) const { xenforeignmemory_close(handle); }
};

// The libraries would write to standard error what the caller gets as an Error.
xentoollog_logger silent = {
    [](xentoollog_logger*, xentoollog_level, int, const char*, const char*, va_list) {},
    [](xentoollog_logger*, const char*, const char*, int, unsigned long, unsigned long) {},
    [](xentoollog_logger*) {},
};

size_t pages_of(size_t bytes) { return (bytes + page_size - 1) / page_size; }

class SystemPort final : public HypercallPort {
 public:
  SystemPort() : calls_(xencall_open(&silent, 0)) {
    if (!calls_) fail_errno("cannot reach the hypervisor: opening /dev/xen/hypercall or /dev/xen/privcmd");
    memory_.reset(xenforeignmemory_open(&silent, 0));
    if (!memory_) fail_errno("cannot map guests' memory: opening /dev/xen/privcmd");
  }

  long call(unsigned number, unsigned command, void* argument, size_t size) override {
    void* bounce = nullptr;
    if (argument) {
      bounce = xencall_alloc_buffer(calls_.get(), size);
      if (!bounce) return -ENOMEM;
      std::memcpy(bounce, argument, size);
    }
    bool control = number == __HYPERVISOR_domctl || number == __HYPERVISOR_sysctl;
    uint64_t address = reinterpret_cast<uintptr_t>(bounce);
    long result = control ? xencall1(calls_.get(), number, address) : xencall2L(calls_.get(), number, command, address);
    if (result < 0) result = -errno;
    if (bounce) {
      std::memcpy(argument, bounce, size);
      xencall_free_buffer(calls_.get(), bounce);
    }
    return result;
  }

  void* allocate(size_t bytes) override {
    void* memory = xencall_alloc_buffer_pages(calls_.get(), pages_of(bytes));
    if (memory) std::memset(memory, 0, bytes);
    return memory;
  }
  void release(void* memory, size_t bytes) override {
    xencall_free_buffer_pages(calls_.get(), memory, pages_of(bytes));
  }

  void* map(DomainId domain, bool writable, std::span<const xen_pfn_t> frames, std::span<int> errors) override {
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    return xenforeignmemory_map(memory_.get(), domain.value(), protection, frames.size(), frames.data(), errors.data());
  }
  void unmap(void* address, size_t pages) override { xenforeignmemory_unmap(memory_.get(), address, pages); }

  void* map_resource(DomainId domain, unsigned type, unsigned id, uint64_t first, size_t pages, void** token) override {
    void* address = nullptr;
    *token = xenforeignmemory_map_resource(memory_.get(), domain.value(), type, id, first, pages, &address,
                                           PROT_READ | PROT_WRITE, 0);
    return *token ? address : nullptr;
  }
  void unmap_resource(void*, size_t, void* token) override {
    xenforeignmemory_unmap_resource(memory_.get(), static_cast<xenforeignmemory_resource_handle*>(token));
  }

 private:
  std::unique_ptr<xencall_handle, CloseCall> calls_;
  std::unique_ptr<xenforeignmemory_handle, CloseMemory> memory_;
};

}  // namespace

std::unique_ptr<HypercallPort> open_system_port() { return std::make_unique<SystemPort>(); }

}  // namespace xenolith::tools
