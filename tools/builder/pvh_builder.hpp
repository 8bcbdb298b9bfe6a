// SPDX-License-Identifier: MIT
// Fills an existing, paused domain with a PVH guest: memory, kernel, initial RAM disk, ACPI tables, start information,
// first vCPU's registers, rings of console and xenstore. A guest of arm64 gets a device tree instead of tables and start information
// (arm_builder.cpp).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/control/hypervisor.hpp"

namespace xenolith::tools {

struct BuildRequest {
  std::string kernel{};                // path: an ELF with the note XEN_ELFNOTE_PHYS32_ENTRY, or a bzImage of one; on arm64 an Image
  std::vector<std::string> modules{};  // paths: the initial RAM disk, then whatever else; may be empty
  std::string command_line{};
  std::string device_tree{};   // arm64: path of a partial device tree; empty: none
  bool serial_line = false;    // arm64: as in DomainSpec
  std::string kernel_cache{};  // folder for unpacked kernels (KernelCache); empty: none
  KiB memory{0};               // what the guest starts with
  KiB max_memory{0};           // what it may grow to; at least `memory`
  uint32_t vcpus = 1;          // online from the start
  uint32_t max_vcpus = 1;      // as in DomainSpec and Domains::make_vcpus, which came before
  bool acpi = true;            // with none the guest gets no tables and cannot start other vCPUs by them
  DomainId store_domain{0};    // runs xenstored
  DomainId console_domain{0};  // runs xenconsoled
  ArchDomain arch{};           // of Domains::create()
};

struct BuildResult {
  Gfn store_frame;
  Port store_port;  // of the guest
  Gfn console_frame;
  Port console_port;
  // Of arm64's serial line, if there is one.
  std::optional<Gfn> serial_frame{};
  Port serial_port{};
  PageCount populated;  // including the special pages
  // What the guest believes to have at its start; write it as memory/static-max, from which Linux reckons its target.
  // It is max_memory where the hypervisor populates on demand, otherwise memory: the guest then grows by memory
  // hot-plug.
  KiB shown_memory{0};
  uint64_t entry = 0;       // guest-physical address
  std::string kernel_type;  // "ELF", "bzImage (zstd)", ...
};

// Throws Error, with the kernel's or module's path in its message where that is to blame. What it has done to the
// domain until then stays: destroy the domain.
BuildResult build_pvh(Hypervisor& hypervisor, DomainId domain, const BuildRequest& request);

// Memory for the nested page tables of such a guest (Domains::set_paging_memory, before building).
KiB pvh_paging_memory(KiB max_memory, uint32_t max_vcpus);
// The limit to set with Domains::set_max_memory before building.
KiB pvh_memory_limit(KiB max_memory);

}  // namespace xenolith::tools
