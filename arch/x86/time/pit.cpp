// SPDX-License-Identifier: MIT
// Channel 2 of the programmable interval timer, which no interrupt hangs on (Intel 8254 data sheet, "Mode 2: Rate
// Generator", "Counter Latch Command").
#include "arch/x86/cpu/registers.hpp"
#include "arch/x86/time/platform_timer.hpp"
#include "core/base/bits.hpp"

namespace xenolith {
namespace {

constexpr u16 channel2 = 0x42, command = 0x43, gate_port = 0x61;
constexpr u8 channel2_rate_generator = 0xb4, latch_channel2 = 0x80;
constexpr u8 gate2 = bit(0), speaker = bit(1);

class Pit final : public PlatformTimer {
 public:
  std::string_view name() const override { return "PIT"; }
  u64 hz() const override { return 1'193'182; }
  unsigned bits() const override { return 16; }
  u64 read() override {
    out8(command, latch_channel2);
    u16 count = in8(channel2);
    count = static_cast<u16>(count | in8(channel2) << 8);
    return static_cast<u16>(0 - count);  // it counts down from 65536
  }
  Result<void> start() {
    out8(gate_port, static_cast<u8>((in8(gate_port) & ~speaker) | gate2));
    out8(command, channel2_rate_generator);
    out8(channel2, 0);
    out8(channel2, 0);
    u64 first = read();
    for (unsigned looks = 0; looks < 100'000; ++looks)
      if (read() != first) return {};
    return Failure{XEN_ENODEV};
  }
};

constinit Pit pit;

}  // namespace

Result<PlatformTimer*> start_pit() {
  TRY(pit.start());
  return static_cast<PlatformTimer*>(&pit);
}

}  // namespace xenolith
