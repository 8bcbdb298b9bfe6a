// SPDX-License-Identifier: MIT
#include <guest/machine.hpp>

#include <guest/trap.hpp>

#include <algorithm>

#include "guests/framework/report.hpp"

extern "C" {
#include <libfdt.h>
}

namespace xenolith::guest {
namespace {

constinit const void* blob = nullptr;
constinit Machine found{};

u64 number(const fdt32_t* cells, int count) {
  u64 value = 0;
  for (int i = 0; i < count; ++i) value = value << 32 | fdt32_to_cpu(cells[i]);
  return value;
}

// The address at `index` of a node below the root, whose addresses and sizes have two cells.
u64 address_of_node(int node, int index) {
  constexpr int cells_of_range = 4;
  int size = 0;
  auto* reg = static_cast<const fdt32_t*>(fdt_getprop(blob, node, "reg", &size));
  return reg && size >= (index + 1) * cells_of_range * 4 ? number(reg + index * cells_of_range, 2) : 0;
}

void read_gic() {
  int node = fdt_node_offset_by_compatible(blob, -1, "arm,gic-v3");
  found.gic_version = 3;
  if (node < 0) {
    found.gic_version = 2;
    for (const char* name : {"arm,cortex-a15-gic", "arm,gic-400"})
      if (node < 0) node = fdt_node_offset_by_compatible(blob, -1, name);
  }
  if (node < 0) fail("the device tree has no interrupt controller");
  found.distributor = address_of_node(node, 0);
  (found.gic_version == 3 ? found.redistributors : found.cpu_interface) = address_of_node(node, 1);
}

constexpr u32 first_ppi = 16;

// Interrupts of the node: secure physical, physical, virtual, hypervisor's; three cells each.
void read_timer() {
  int node = fdt_node_offset_by_compatible(blob, -1, "arm,armv8-timer"), size = 0;
  auto* interrupts = node < 0 ? nullptr : static_cast<const fdt32_t*>(fdt_getprop(blob, node, "interrupts", &size));
  if (!interrupts || size < 9 * 4) fail("the device tree has no timer");
  found.physical_timer = fdt32_to_cpu(interrupts[4]) + first_ppi;
  found.virtual_timer = fdt32_to_cpu(interrupts[7]) + first_ppi;
}

void read_hypervisor() {
  int node = fdt_node_offset_by_compatible(blob, -1, "xen,xen"), size = 0;
  auto* interrupts = node < 0 ? nullptr : static_cast<const fdt32_t*>(fdt_getprop(blob, node, "interrupts", &size));
  if (!interrupts || size < 12) fail("the device tree has no interrupt of events");
  found.event_interrupt = fdt32_to_cpu(interrupts[1]) + first_ppi;
}

void read_cpus() {
  int node = 0;
  fdt_for_each_subnode(node, blob, fdt_path_offset(blob, "/cpus")) {
    auto* type = static_cast<const char*>(fdt_getprop(blob, node, "device_type", nullptr));
    if (type && std::string_view{type} == "cpu") ++found.cpus;
  }
}

void read_psci() {
  int node = fdt_path_offset(blob, "/psci"), size = 0;
  auto* method = node < 0 ? nullptr : static_cast<const char*>(fdt_getprop(blob, node, "method", &size));
  found.psci_by_hvc = method && method[0] == 'h';
}

}  // namespace

const void* device_tree() { return blob; }
const Machine& machine() { return found; }

std::string_view command_line() {
  int node = fdt_path_offset(blob, "/chosen"), size = 0;
  auto* words = node < 0 ? nullptr : static_cast<const char*>(fdt_getprop(blob, node, "bootargs", &size));
  return words && size > 0 ? std::string_view{words, static_cast<size_t>(size) - 1} : std::string_view{};
}

void read_machine(const void* tree) {
  blob = tree;
  if (fdt_check_header(blob) != 0) fail("there is no device tree at {}", tree);
  read_gic();
  read_timer();
  read_hypervisor();
  read_psci();
  read_cpus();
}

long psci(u32 function, u64 first, u64 second, u64 third) {
  register u64 x0 asm("x0") = function;
  register u64 x1 asm("x1") = first;
  register u64 x2 asm("x2") = second;
  register u64 x3 asm("x3") = third;
  if (found.psci_by_hvc) asm volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
  else asm volatile("smc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
  return static_cast<long>(static_cast<int>(x0));
}

bool is_hole(const volatile u64& place) {
  constexpr u64 data_abort = 0x25, external_abort = 0x10, status_mask = 0x3f;
  auto got = catch_trap([&] { asm volatile("ldr xzr, [%0]" ::"r"(&place) : "memory"); });
  return got && got->frame.exception_class() == data_abort && (got->frame.syndrome & status_mask) == external_abort;
}

}  // namespace xenolith::guest
