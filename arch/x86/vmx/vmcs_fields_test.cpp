// SPDX-License-Identifier: MIT
#include "arch/x86/vmx/vmcs_fields.hpp"

#include <gtest/gtest.h>

namespace xenolith::vmx {
namespace {

using Width = FieldEncoding::Width;
constexpr Width width(auto field) { return FieldEncoding::width(static_cast<u32>(field)); }
constexpr bool read_only(auto field) { return FieldEncoding::is_read_only(static_cast<u32>(field)); }

TEST(VmcsFields, encodings_tell_the_width_of_their_type) {
  EXPECT_EQ(width(Field16::vpid), Width::bits16);
  EXPECT_EQ(width(Field16::host_tr_selector), Width::bits16);
  EXPECT_EQ(width(Field32::pin_controls), Width::bits32);
  EXPECT_EQ(width(Field32::host_sysenter_cs), Width::bits32);
  EXPECT_EQ(width(Field64::io_bitmap_a), Width::bits64);
  EXPECT_EQ(width(Field64::host_efer), Width::bits64);
  EXPECT_EQ(width(FieldNatural::cr0_mask), Width::natural);
  EXPECT_EQ(width(FieldNatural::host_rip), Width::natural);
}

TEST(VmcsFields, what_an_exit_tells_is_read_only) {
  EXPECT_TRUE(read_only(Field32::exit_reason));
  EXPECT_TRUE(read_only(Field32::instruction_error));
  EXPECT_TRUE(read_only(Field64::guest_physical));
  EXPECT_TRUE(read_only(FieldNatural::exit_qualification));
  EXPECT_FALSE(read_only(Field32::entry_event));
  EXPECT_FALSE(read_only(FieldNatural::guest_rip));
}

TEST(VmcsFields, segments_follow_each_other) {
  EXPECT_EQ(selector_field(0), Field16::guest_es_selector);
  EXPECT_EQ(selector_field(1), Field16::guest_cs_selector);
  EXPECT_EQ(limit_field(segment_ldtr), Field32::guest_ldtr_limit);
  EXPECT_EQ(rights_field(2), Field32::guest_ss_rights);
  EXPECT_EQ(base_field(4), FieldNatural::guest_fs_base);
  EXPECT_EQ(base_field(5), FieldNatural::guest_gs_base);
}

}  // namespace
}  // namespace xenolith::vmx
