// SPDX-License-Identifier: MIT
// Counters of executed instructions: one for each instruction of the hypervisor, one for each other range of addresses.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <unordered_map>

namespace xenolith::bench {

// Whose instructions lie at an address. `image`: where boot loaders put images, used by the hypervisor before it pages
// and by test guests. `user` has what dom0's programs run, `firmware` the BIOS.
enum class Range { hypervisor, kernel, user, image, firmware };
inline constexpr size_t range_count = 5;

// The emulated processor, by QEMU's name of it; ranges are x86's until it is told.
void set_target(std::string_view name);

Range range_of(uint64_t address);
const char* name_of(Range range);

class Counters {
 public:
  // The counter of the instruction at `address`; it stays where it is.
  uint64_t* counter_for(uint64_t address);

  // What is counted from here on belongs to the next interval.
  void begin_interval();

  // Writes what was counted since begin_interval(), or since the start:
  //   interval NAME hypervisor N kernel N user N image N firmware N
  //   at ADDRESS N         for each instruction of the hypervisor that was executed
  void write_interval(std::FILE* file, const char* name) const;

 private:
  struct Counter {
    uint64_t now = 0, at_begin = 0;
    uint64_t in_interval() const { return now - at_begin; }
  };
  uint64_t hypervisor_instructions() const;

  std::unordered_map<uint64_t, Counter> hypervisor_;  // by address
  std::array<Counter, range_count> others_{};
};

}  // namespace xenolith::bench
