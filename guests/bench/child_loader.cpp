// SPDX-License-Identifier: MIT
// Puts the child's image into a domain's memory, and its first vCPU at the PVH entry.
#include <cstring>

#include "guests/bench/other_domain.hpp"

extern "C" {
#include <xen/arch-x86/hvm/save.h>
}

namespace xenolith::guest::bench {
namespace {

extern "C" const u8 child_image[], child_image_end[];  // child_image.S

constexpr u64 image_address = 0x100000, start_info_address = 0x2000, command_line_address = 0x3000;
constexpr u32 window_pages = 64;
Page window[window_pages];  // where pages of the other domain are mapped; its own pages are given back for good

// Maps `count` pages of the domain from `first` on.
long map_pages(domid_t domain, u64 first, u32 count) {
  static xen_ulong_t theirs[window_pages];
  static xen_pfn_t ours[window_pages];
  static int errors[window_pages];
  for (u32 i = 0; i < count; ++i) theirs[i] = first + i, ours[i] = window[i].frame();
  xen_add_to_physmap_batch request{};
  request.domid = DOMID_SELF;
  request.space = XENMAPSPACE_gmfn_foreign;
  request.size = static_cast<u16>(count);
  request.u.foreign_domid = domain;
  set_xen_guest_handle(request.idxs, theirs);
  set_xen_guest_handle(request.gpfns, ours);
  set_xen_guest_handle(request.errs, errors);
  if (long answer = memory_op(XENMEM_add_to_physmap_batch, &request)) return answer;
  for (u32 i = 0; i < count; ++i)
    if (errors[i]) return errors[i];
  return 0;
}

void unmap_pages(u32 count) {
  for (u32 i = 0; i < count; ++i) {
    xen_remove_from_physmap request{.domid = DOMID_SELF, .gpfn = window[i].frame()};
    memory_op(XENMEM_remove_from_physmap, &request);
  }
}

void give_window_back() {
  static constinit bool given = false;
  if (given) return;
  given = true;
  static xen_pfn_t frames[window_pages];
  for (u32 i = 0; i < window_pages; ++i) frames[i] = window[i].frame();
  xen_memory_reservation request{};
  set_xen_guest_handle(request.extent_start, frames);
  request.nr_extents = window_pages;
  request.domid = DOMID_SELF;
  memory_op(XENMEM_decrease_reservation, &request);
}

long write(domid_t domain, u64 address, const void* data, u64 size) {
  const auto* from = static_cast<const u8*>(data);
  while (size) {
    const u64 offset = address % page_size, room = window_pages * page_size - offset;
    const u64 part = size < room ? size : room;
    const u32 pages = static_cast<u32>((offset + part + page_size - 1) / page_size);
    if (long answer = map_pages(domain, address / page_size, pages)) return answer;
    std::memcpy(window[0].bytes + offset, from, part);
    unmap_pages(pages);
    address += part, from += part, size -= part;
  }
  return 0;
}

long write_image(domid_t domain, std::string_view command_line) {
  hvm_start_info start{};
  start.magic = XEN_HVM_START_MAGIC_VALUE;
  start.version = 1;
  start.cmdline_paddr = command_line_address;
  char line[80] = {};
  std::memcpy(line, command_line.data(), command_line.size() < sizeof line ? command_line.size() : sizeof line - 1);
  if (long answer = write(domain, image_address, child_image, static_cast<u64>(child_image_end - child_image))) return answer;
  if (long answer = write(domain, start_info_address, &start, sizeof start)) return answer;
  return write(domain, command_line_address, line, sizeof line);
}

// The registers that xen/arch-x86/hvm/start_info.h names: protected mode, flat segments, no paging.
hvm_hw_cpu entry_state() {
  constexpr u32 code = 0xc9b, data = 0xc93, task = 0x8b;
  hvm_hw_cpu cpu{};
  cpu.rip = image_address;
  cpu.rbx = start_info_address;
  cpu.rflags = 2;
  cpu.cr0 = 0x11;
  cpu.dr6 = 0xffff0ff0;
  cpu.dr7 = 0x400;
  cpu.cs_limit = cpu.ds_limit = cpu.es_limit = cpu.ss_limit = ~0u;
  cpu.tr_limit = 0x67;
  cpu.cs_arbytes = code;
  cpu.ds_arbytes = cpu.es_arbytes = cpu.ss_arbytes = data;
  cpu.tr_arbytes = task;
  return cpu;
}

// A saved context as XEN_DOMCTL_sethvmcontext takes it: the header of the domain's own, the vCPU, the end.
struct [[gnu::packed]] Context {
  hvm_save_descriptor header_descriptor;
  hvm_save_header header;
  hvm_save_descriptor cpu_descriptor;
  hvm_hw_cpu cpu;
  hvm_save_descriptor end_descriptor;
};

long hvm_context(u32 command, domid_t domain, void* buffer, u32 size) {
  xen_domctl request{};
  request.cmd = command;
  request.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
  request.domain = domain;
  request.u.hvmcontext.size = size;
  set_xen_guest_handle(request.u.hvmcontext.buffer, static_cast<uint8_t*>(buffer));
  return hypercall(__HYPERVISOR_domctl, address_of(&request));
}

long set_context(domid_t domain) {
  static u8 saved[65536];
  static Context context;
  if (long answer = hvm_context(XEN_DOMCTL_gethvmcontext, domain, saved, sizeof saved)) return answer;
  context = {};
  std::memcpy(&context, saved, sizeof context.header_descriptor + sizeof context.header);
  context.cpu_descriptor = {.typecode = HVM_SAVE_CODE(CPU), .instance = 0, .length = sizeof context.cpu};
  context.cpu = entry_state();
  context.end_descriptor = {.typecode = HVM_SAVE_CODE(END), .instance = 0, .length = 0};
  return hvm_context(XEN_DOMCTL_sethvmcontext, domain, &context, sizeof context);
}

long unpause(domid_t domain) {
  xen_domctl request{};
  request.cmd = XEN_DOMCTL_unpausedomain;
  request.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
  request.domain = domain;
  return hypercall(__HYPERVISOR_domctl, address_of(&request));
}

}  // namespace

long start_child(domid_t domain, std::string_view command_line) {
  give_window_back();
  if (long answer = write_image(domain, command_line)) return answer;
  if (long answer = set_context(domain)) return answer;
  return unpause(domain);
}

}  // namespace xenolith::guest::bench
