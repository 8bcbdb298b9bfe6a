// SPDX-License-Identifier: MIT
#include "counters.hpp"

#include <cinttypes>

namespace xenolith::bench {
namespace {

constexpr uint64_t mebibyte = 1 << 20, gibibyte = 1 << 30;

// Xen's PV interface reserves a range for the hypervisor (xen/arch-x86/xen-x86_64.h, HYPERVISOR_VIRT_START), which both use. Images lie
// where boot loaders put them.
Range range_on_x86(uint64_t address) {
  constexpr uint64_t images_begin = mebibyte, images_end = 64 * mebibyte, low_end = 4 * gibibyte, lower_half_end = uint64_t{1} << 47;
  constexpr uint64_t hypervisor_begin = 0xffff'8000'0000'0000, hypervisor_end = 0xffff'8800'0000'0000;
  if (address >= hypervisor_begin) return address < hypervisor_end ? Range::hypervisor : Range::kernel;
  if (address >= images_begin && address < images_end) return Range::image;
  return address < low_end || address >= lower_half_end ? Range::firmware : Range::user;
}

// EL2 has addresses of its own: Xen 4.17's image is linked at 2 MiB and has 2 MiB, Xenolith's lies above slot 256 of 512 GiB
// (arch/arm64/include/arch/layout.hpp), where Linux's programs have nothing: they fill the upper third of 48 bits, or begin at 4 MiB.
// QEMU's machine virt has its memory, and so images before paging and test guests, from 1 GiB on.
Range range_on_arm64(uint64_t address) {
  constexpr uint64_t xen_begin = 2 * mebibyte, xen_end = 4 * mebibyte, kernel_begin = 0xffff'0000'0000'0000;
  constexpr uint64_t hypervisor_begin = 0x8000'0000'0000, hypervisor_end = 0x8800'0000'0000;
  if (address >= kernel_begin) return Range::kernel;
  if (address >= hypervisor_begin && address < hypervisor_end) return Range::hypervisor;
  if (address >= xen_begin && address < xen_end) return Range::hypervisor;
  if (address >= gibibyte && address < 4 * gibibyte) return Range::image;
  return address < xen_begin ? Range::firmware : Range::user;
}

using RangeFunction = Range (*)(uint64_t);
RangeFunction range_on_target = range_on_x86;

}  // namespace

void set_target(std::string_view name) { range_on_target = name == "aarch64" ? range_on_arm64 : range_on_x86; }

Range range_of(uint64_t address) { return range_on_target(address); }

const char* name_of(Range range) {
  constexpr const char* names[range_count] = {"hypervisor", "kernel", "user", "image", "firmware"};
  return names[static_cast<size_t>(range)];
}

uint64_t* Counters::counter_for(uint64_t address) {
  Range range = range_of(address);
  return range == Range::hypervisor ? &hypervisor_[address].now : &others_[static_cast<size_t>(range)].now;
}

void Counters::begin_interval() {
  for (auto& [address, counter] : hypervisor_) counter.at_begin = counter.now;
  for (Counter& counter : others_) counter.at_begin = counter.now;
}

uint64_t Counters::hypervisor_instructions() const {
  uint64_t sum = 0;
  for (const auto& [address, counter] : hypervisor_) sum += counter.in_interval();
  return sum;
}

void Counters::write_interval(std::FILE* file, const char* name) const {
  std::fprintf(file, "interval %s", name);
  for (size_t i = 0; i < range_count; ++i) {
    auto range = static_cast<Range>(i);
    uint64_t count = range == Range::hypervisor ? hypervisor_instructions() : others_[i].in_interval();
    std::fprintf(file, " %s %" PRIu64, name_of(range), count);
  }
  std::fprintf(file, "\n");
  for (const auto& [address, counter] : hypervisor_)
    if (counter.in_interval()) std::fprintf(file, "at %" PRIx64 " %" PRIu64 "\n", address, counter.in_interval());
  std::fflush(file);
}

}  // namespace xenolith::bench
