// SPDX-License-Identifier: MIT
#include "guests/bench/child_start.hpp"

#include <cstring>

extern "C" {
#include <xen/arch-x86/hvm/save.h>
}

namespace xenolith::guest::bench {
namespace {

constexpr u64 start_info_address = 0x2000, command_line_address = 0x3000;

// The registers that xen/arch-x86/hvm/start_info.h names: protected mode, flat segments, no paging.
hvm_hw_cpu entry_state() {
  constexpr u32 code = 0xc9b, data = 0xc93, task = 0x8b;
  hvm_hw_cpu cpu{};
  cpu.rip = child_image_address();
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
  request.u.hvmcontext.size = size;
  set_xen_guest_handle(request.u.hvmcontext.buffer, static_cast<uint8_t*>(buffer));
  return domctl(command, domain, request);
}

}  // namespace

u64 child_memory() { return 0; }
u64 child_image_address() { return 0x100000; }

void configure(xen_domctl_createdomain& domain) {
  domain.grant_opts = XEN_DOMCTL_GRANT_version(2);
  domain.arch.emulation_flags = XEN_X86_EMU_LAPIC;
}

long prepare(domid_t) { return 0; }

long write_start(domid_t domain, std::string_view command_line) {
  hvm_start_info start{};
  start.magic = XEN_HVM_START_MAGIC_VALUE;
  start.version = 1;
  start.cmdline_paddr = command_line_address;
  char line[80] = {};
  std::memcpy(line, command_line.data(), command_line.size() < sizeof line ? command_line.size() : sizeof line - 1);
  if (long answer = write(domain, start_info_address, &start, sizeof start)) return answer;
  return write(domain, command_line_address, line, sizeof line);
}

long set_registers(domid_t domain) {
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

}  // namespace xenolith::guest::bench
