// SPDX-License-Identifier: MIT
// Wishes: the option spec-ctrl=, with the names of Xen 4.17 and of what its stable releases added.
#pragma once

#include <optional>
#include <string_view>

#include "core/base/result.hpp"

namespace xenolith::speculation {

enum class Thunk : u8 { jmp, lfence, retpoline };

// What is not set is for the processor's facts to decide.
struct Wishes {
  using Wish = std::optional<bool>;
  std::optional<Thunk> thunk{};
  Wish ibrs{}, ibpb{}, ssbd{}, psfd{}, stibp{}, l1d_flush{};
  // For guests in virtualisation hardware.
  Wish spec_ctrl_for_guests{}, rsb{}, verw{}, ibpb_entry{}, bhb_entry{};
  // Taken, without effect here; see docs/speculation.md.
  Wish eager_fpu{}, branch_harden{}, lock_harden{}, srb_lock{}, unprivileged_mmio{}, gather_data{}, div_scrub{}, bhi_dis_s{};
};

enum class WordVerdict : u8 { taken, unknown, malformed };

// Takes one item of the list ("no-ibpb" is ibpb, negated). `value` is empty where there is no '='.
WordVerdict take_wish(Wishes& wishes, std::string_view name, std::string_view value, bool negated);

}  // namespace xenolith::speculation
