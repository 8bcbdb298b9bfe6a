// SPDX-License-Identifier: MIT
#include "guests/bench/child_start.hpp"

extern "C" {
#include <libfdt.h>
}

namespace xenolith::guest::bench {
namespace {

extern "C" const u8 child_tree[];  // child_tree.S

constexpr u64 tree_offset = 0x380000;  // behind the image
constexpr u32 tree_room = 4096;

}  // namespace

u64 child_memory() { return GUEST_RAM0_BASE; }
u64 child_image_address() { return child_memory(); }

// Xen has version 1 of grant tables only.
void configure(xen_domctl_createdomain& domain) {
  domain.grant_opts = XEN_DOMCTL_GRANT_version(1);
  domain.arch.gic_version = XEN_DOMCTL_CONFIG_GIC_V3;
}

// The width of its addresses.
long prepare(domid_t domain) {
  xen_domctl request{};
  request.u.address_size.size = 64;
  return domctl(XEN_DOMCTL_set_address_size, domain, request);
}

long write_start(domid_t domain, std::string_view command_line) {
  alignas(8) static u8 tree[tree_room];
  char line[80] = {};
  const size_t length = command_line.copy(line, sizeof line - 1);
  if (fdt_open_into(child_tree, tree, tree_room)) return -XEN_ENOSPC;
  if (fdt_setprop(tree, fdt_path_offset(tree, "/chosen"), "bootargs", line, static_cast<int>(length + 1))) return -XEN_ENOSPC;
  return write(domain, child_memory() + tree_offset, tree, tree_room);
}

// As an Image of Linux is started: "Booting AArch64 Linux".
long set_registers(domid_t domain) {
  static vcpu_guest_context context;
  context = {};
  context.user_regs.x0 = child_memory() + tree_offset;
  context.user_regs.pc64 = child_image_address();
  context.user_regs.cpsr = PSR_GUEST64_INIT;
  context.sctlr = SCTLR_GUEST_INIT;
  context.flags = VGCF_online;
  xen_domctl request{};
  request.u.vcpucontext.vcpu = 0;
  set_xen_guest_handle(request.u.vcpucontext.ctxt, &context);
  return domctl(XEN_DOMCTL_setvcpucontext, domain, request);
}

}  // namespace xenolith::guest::bench
