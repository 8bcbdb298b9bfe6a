// SPDX-License-Identifier: MIT
#include "arch/x86/speculation/wishes.hpp"

#include <gtest/gtest.h>

#include <string>

#include "core/boot/options.hpp"

namespace xenolith::speculation {
namespace {

Wishes parsed;
std::string unknown;

Wishes parse(std::string_view list) {
  parsed = {};
  unknown.clear();
  static_cast<void>(parse_option_list(list, [](std::string_view name, std::string_view value, bool negated) -> Result<void> {
    WordVerdict verdict = take_wish(parsed, name, value, negated);
    if (verdict != WordVerdict::taken) unknown += std::string{name} + (verdict == WordVerdict::unknown ? "? " : "! ");
    return {};
  }));
  return parsed;
}

TEST(Wishes, NothingIsSetAtFirst) {
  Wishes wishes = parse("");
  EXPECT_FALSE(wishes.ibrs || wishes.ibpb || wishes.thunk || wishes.rsb);
}

TEST(Wishes, SingleWords) {
  Wishes wishes = parse("ibrs,no-ibpb,ssbd=yes,l1d-flush=no,md_clear");
  EXPECT_EQ(wishes.ibrs, true);
  EXPECT_EQ(wishes.ibpb, false);
  EXPECT_EQ(wishes.ssbd, true);
  EXPECT_EQ(wishes.l1d_flush, false);
  EXPECT_EQ(wishes.verw, true);
  EXPECT_EQ(unknown, "");
}

TEST(Wishes, EveryNameOfXen) {
  parse("xen,pv,hvm,msr-sc,rsb,md-clear,verw,ibpb-entry,bhb-entry,bti-thunk=jmp,ibrs,ibpb,ssbd,psfd,eager-fpu,l1d-flush,"
        "branch-harden,srb-lock,unpriv-mmio,gds-mit,div-scrub,lock-harden,bhi-dis-s,stibp");
  EXPECT_EQ(unknown, "");
}

TEST(Wishes, Thunks) {
  EXPECT_EQ(parse("bti-thunk=retpoline").thunk, Thunk::retpoline);
  EXPECT_EQ(parse("bti-thunk=lfence").thunk, Thunk::lfence);
  parse("bti-thunk=fast");
  EXPECT_EQ(unknown, "bti-thunk! ");
}

TEST(Wishes, KindsOfGuests) {
  EXPECT_EQ(parse("no-rsb").rsb, false);
  EXPECT_EQ(parse("rsb=hvm").rsb, true);
  EXPECT_FALSE(parse("rsb=pv").rsb.has_value());
  Wishes wishes = parse("hvm=no");
  EXPECT_EQ(wishes.rsb, false);
  EXPECT_EQ(wishes.spec_ctrl_for_guests, false);
  EXPECT_FALSE(wishes.ibrs.has_value());
}

TEST(Wishes, Off) {
  Wishes wishes = parse("no");
  EXPECT_EQ(wishes.ibrs, false);
  EXPECT_EQ(wishes.spec_ctrl_for_guests, false);
  EXPECT_EQ(wishes.thunk, Thunk::jmp);
  EXPECT_FALSE(parse("yes").ibrs.has_value());
}

TEST(Wishes, OffForTheHypervisorOnly) {
  Wishes wishes = parse("no-xen");
  EXPECT_EQ(wishes.ibrs, false);
  EXPECT_EQ(wishes.thunk, Thunk::jmp);
  EXPECT_EQ(wishes.l1d_flush, false);
  EXPECT_FALSE(wishes.spec_ctrl_for_guests.has_value());
}

TEST(Wishes, LaterWordsWin) { EXPECT_EQ(parse("no,ibrs").ibrs, true); }

TEST(Wishes, TellsWhatItDoesNotKnow) {
  Wishes wishes = parse("magic,ibrs,no-spell=3,ibpb=perhaps");
  EXPECT_EQ(unknown, "magic? spell? ibpb! ");
  EXPECT_EQ(wishes.ibrs, true);
}

}  // namespace
}  // namespace xenolith::speculation
