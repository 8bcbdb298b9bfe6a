// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

#include "core/base/log.hpp"
#include "core/base/result.hpp"

namespace xenolith {

// Which messages are printed: levels below `always` are, those below `limited` are as often as the rate limit allows.
// Levels count from 0 (error); a threshold of 0 lets none pass, 4 all. Aligned so that atomics of it need no library.
struct alignas(2) LogThreshold {
  u8 always, limited;

  enum class Verdict : u8 { drop, limit, print };
  constexpr Verdict judge(LogLevel level) const {
    u8 number = static_cast<u8>(level);
    return number < always ? Verdict::print : number < limited ? Verdict::limit : Verdict::drop;
  }
  constexpr bool operator==(const LogThreshold&) const = default;

  // "<level>" or "<always>/<limited>", as Xen has it: the level before the slash is always printed, the
  // one behind it with a limit. Levels: none, error, warning, info, debug, all. Fails with EINVAL.
  static Result<LogThreshold> parse(std::string_view text);
  // The same form back; returns the number of characters.
  size_t format_to(std::span<char> to) const;
};

}  // namespace xenolith
