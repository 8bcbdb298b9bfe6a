// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "tools/control/port.hpp"

namespace xenolith::tools {

// Another port, with a report after each call: what it was, how long it took, what it gave.
class TracingPort final : public HypercallPort {
 public:
  using Report = std::function<void(const std::string& what, double microseconds, long result)>;

  TracingPort(std::unique_ptr<HypercallPort> port, Report report)
      : port_(std::move(port)), report_(std::move(report)) {}

  long call(unsigned number, unsigned command, void* argument, size_t size) override;
  void* allocate(size_t bytes) override;
  void release(void* memory, size_t bytes) override;
  void* map(DomainId domain, bool writable, std::span<const xen_pfn_t> frames, std::span<int> errors) override;
  void unmap(void* address, size_t pages) override;
  void* map_resource(DomainId domain, unsigned type, unsigned id, uint64_t first, size_t pages, void** token) override;
  void unmap_resource(void* address, size_t pages, void* token) override;

 private:
  std::unique_ptr<HypercallPort> port_;
  Report report_;
};

}  // namespace xenolith::tools
