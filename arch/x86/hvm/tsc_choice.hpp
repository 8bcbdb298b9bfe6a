// SPDX-License-Identifier: MIT
// How a domain gets the time stamp counter that its toolstack asks for (XEN_DOMCTL_settscinfo; xl.cfg, tsc_mode).
#pragma once

#include "arch/x86/time/guest_counter.hpp"

namespace xenolith::hvm {

enum class TscMode : u32 { usual = 0, always_emulate = 1, never_emulate = 2 };

struct TscChoice {
  u32 khz = 0;
  TscRatio ratio{};
  bool reads_exit = false;  // the processor cannot answer RDTSC, or shall not
};

// `khz` 0: the host's frequency, which a domain that is never emulated has in any case. Fails with EINVAL: no such mode, or a frequency
// too far from the host's.
inline Result<TscChoice> choose_tsc(u32 mode, u32 khz, u32 host_khz, const TscScaling& scaling) {
  if (mode > static_cast<u32>(TscMode::never_emulate)) return Failure{XEN_EINVAL};
  if (khz == 0 || TscMode{mode} == TscMode::never_emulate) khz = host_khz;
  TscChoice choice{.khz = khz, .reads_exit = TscMode{mode} == TscMode::always_emulate};
  if (khz == host_khz) return choice;
  choice.ratio = TRY(make_tsc_ratio(khz, host_khz, TscScaling{}));
  if (Result<TscRatio> coarse = make_tsc_ratio(khz, host_khz, scaling); coarse && scaling.can(*coarse)) choice.ratio = *coarse;
  else choice.reads_exit = true;
  return choice;
}

}  // namespace xenolith::hvm
