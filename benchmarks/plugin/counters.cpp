// SPDX-License-Identifier: MIT
#include "counters.hpp"

#include <cinttypes>

namespace xenolith::bench {
namespace {

constexpr uint64_t mebibyte = 1 << 20;
constexpr uint64_t images_begin = mebibyte, images_end = 64 * mebibyte;
constexpr uint64_t low_end = uint64_t{4} << 30, lower_half_end = uint64_t{1} << 47;
constexpr uint64_t hypervisor_begin = 0xffff'8000'0000'0000, hypervisor_end = 0xffff'8800'0000'0000;

}  // namespace

Range range_of(uint64_t address) {
  if (address >= hypervisor_begin) return address < hypervisor_end ? Range::hypervisor : Range::kernel;
  if (address >= images_begin && address < images_end) return Range::image;
  return address < low_end || address >= lower_half_end ? Range::firmware : Range::user;
}

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
