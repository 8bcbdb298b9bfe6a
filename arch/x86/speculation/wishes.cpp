// SPDX-License-Identifier: MIT
#include "arch/x86/speculation/wishes.hpp"

#include "core/boot/options.hpp"

namespace xenolith::speculation {
namespace {

struct Row {
  std::string_view name;
  Wishes::Wish Wishes::*wish;
  bool per_kind = false;  // the value may be pv or hvm
};
constexpr Row rows[] = {
    {"ibrs", &Wishes::ibrs},
    {"ibpb", &Wishes::ibpb},
    {"ssbd", &Wishes::ssbd},
    {"psfd", &Wishes::psfd},
    {"stibp", &Wishes::stibp},
    {"l1d-flush", &Wishes::l1d_flush},
    {"eager-fpu", &Wishes::eager_fpu},
    {"branch-harden", &Wishes::branch_harden},
    {"lock-harden", &Wishes::lock_harden},
    {"srb-lock", &Wishes::srb_lock},
    {"unpriv-mmio", &Wishes::unprivileged_mmio},
    {"gds-mit", &Wishes::gather_data},
    {"div-scrub", &Wishes::div_scrub},
    {"bhi-dis-s", &Wishes::bhi_dis_s},
    {"msr-sc", &Wishes::spec_ctrl_for_guests, true},
    {"rsb", &Wishes::rsb, true},
    {"md-clear", &Wishes::verw, true},
    {"verw", &Wishes::verw, true},
    {"ibpb-entry", &Wishes::ibpb_entry, true},
    {"bhb-entry", &Wishes::bhb_entry, true},
};

void set_for_guests(Wishes& wishes, bool value) {
  for (const Row& row : rows)
    if (row.per_kind) wishes.*row.wish = value;
}

void forbid_all(Wishes& wishes) {
  for (const Row& row : rows) wishes.*row.wish = false;
  wishes.thunk = Thunk::jmp;
}

// All that the hypervisor does; guests keep what they can do for themselves.
void forbid_for_hypervisor(Wishes& wishes) {
  Wishes::Wish kept = wishes.spec_ctrl_for_guests;
  forbid_all(wishes);
  wishes.spec_ctrl_for_guests = kept;
}

WordVerdict take_thunk(Wishes& wishes, std::string_view value) {
  if (value == "retpoline") wishes.thunk = Thunk::retpoline;
  else if (value == "lfence") wishes.thunk = Thunk::lfence;
  else if (value == "jmp") wishes.thunk = Thunk::jmp;
  else return WordVerdict::malformed;
  return WordVerdict::taken;
}

// A yes or no for the whole. "no-off" makes no sense.
WordVerdict take_switch(Wishes& wishes, std::string_view name, bool negated) {
  if (negated) return WordVerdict::malformed;
  // yes and its like change nothing: the processor's facts decide, as without the option.
  if (Result<bool> on = parse_option_bool(name); on && !*on) forbid_all(wishes);
  return WordVerdict::taken;
}

}  // namespace

WordVerdict take_wish(Wishes& wishes, std::string_view name, std::string_view value, bool negated) {
  if (name == "bti-thunk") return take_thunk(wishes, value);
  bool is_bool = value.empty() || parse_option_bool(value);
  for (const Row& row : rows) {
    if (!is_same_option_name(name, row.name)) continue;
    if (row.per_kind && value == "pv") return WordVerdict::taken;  // there are no such guests
    if (!is_bool && !(row.per_kind && value == "hvm")) return WordVerdict::malformed;
    wishes.*row.wish = !negated;
    return WordVerdict::taken;
  }
  if (!is_bool) return WordVerdict::unknown;
  if (name == "xen" && negated) forbid_for_hypervisor(wishes);
  if (name == "hvm") set_for_guests(wishes, !negated);
  if (name == "xen" || name == "hvm" || name == "pv") return WordVerdict::taken;
  return parse_option_bool(name) && value.empty() ? take_switch(wishes, name, negated) : WordVerdict::unknown;
}

}  // namespace xenolith::speculation
