// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstring>

#include "core/grants/grant_access.hpp"
#include "core/grants/test_guests.hpp"

namespace xenolith {
namespace {

using test::Guest;

gnttab_copy_t from_grant(u16 domain, u32 ref, u16 offset, u64 to_gfn, u16 to_offset, u16 length) {
  gnttab_copy_t copy{};
  copy.source.u.ref = ref;
  copy.source.domid = domain;
  copy.source.offset = offset;
  copy.dest.u.gmfn = to_gfn;
  copy.dest.domid = DOMID_SELF;
  copy.dest.offset = to_offset;
  copy.len = length;
  copy.flags = GNTCOPY_source_gref;
  return copy;
}

gnttab_copy_t to_grant(u16 domain, u32 ref, u64 from_gfn, u16 length) {
  gnttab_copy_t copy{};
  copy.source.u.gmfn = from_gfn;
  copy.source.domid = DOMID_SELF;
  copy.dest.u.ref = ref;
  copy.dest.domid = domain;
  copy.len = length;
  copy.flags = GNTCOPY_dest_gref;
  return copy;
}

class GrantCopy : public testing::Test {
 protected:
  Guest granter{1}, copier{2}, third{3};
  void SetUp() override { std::memset(granter.memory[3], 0x33, page_size); }
  i16 run(gnttab_copy_t copy) {
    EXPECT_EQ(copier.grant_op(GNTTABOP_copy, &copy), 0);
    return copy.status;
  }
};

TEST_F(GrantCopy, FromAndToGrants) {
  granter.grant_v1(8, 2, 3, GTF_permit_access | GTF_readonly);
  granter.grant_v1(9, 2, 4);
  EXPECT_EQ(run(from_grant(1, 8, 10, 1, 100, 50)), GNTST_okay);
  EXPECT_EQ(copier.memory[1][99], std::byte{0});
  EXPECT_EQ(copier.memory[1][100], std::byte{0x33});
  EXPECT_EQ(copier.memory[1][149], std::byte{0x33});
  EXPECT_EQ(copier.memory[1][150], std::byte{0});
  EXPECT_EQ(run(to_grant(1, 9, 1, 4096)), GNTST_okay);
  EXPECT_EQ(std::memcmp(granter.memory[4], copier.memory[1], page_size), 0);
  EXPECT_EQ(run(to_grant(1, 8, 1, 16)), GNTST_general_error);  // read-only
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access | GTF_readonly);
  EXPECT_EQ(granter.v1()[9].flags, GTF_permit_access);
}

TEST_F(GrantCopy, RefusesWhatIsWrong) {
  granter.grant_v1(8, 2, 3);
  granter.grant_v1(9, 3, 3);
  EXPECT_EQ(run(from_grant(1, 8, 4000, 1, 0, 97)), GNTST_bad_copy_arg);
  EXPECT_EQ(run(from_grant(1, 8, 0, 1, 4095, 2)), GNTST_bad_copy_arg);
  EXPECT_EQ(run(from_grant(1, 8, 0xffff, 1, 0, 0xffff)), GNTST_bad_copy_arg);
  EXPECT_EQ(run(from_grant(44, 8, 0, 1, 0, 8)), GNTST_bad_domain);
  EXPECT_EQ(run(from_grant(1, 5000, 0, 1, 0, 8)), GNTST_bad_gntref);
  EXPECT_EQ(run(from_grant(1, 9, 0, 1, 0, 8)), GNTST_general_error);
  EXPECT_EQ(run(from_grant(1, 8, 0, 777, 0, 8)), GNTST_bad_page);
  auto foreign_frame = from_grant(1, 8, 0, 1, 0, 8);
  foreign_frame.dest.domid = 1;
  EXPECT_EQ(run(foreign_frame), GNTST_permission_denied);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access);
}

TEST_F(GrantCopy, SubPageGrantsBoundTheRange) {
  granter.set_version(2);
  granter.v2()[8].sub_page = {{GTF_permit_access | GTF_sub_page, 2}, 64, 32, 3};
  EXPECT_EQ(run(from_grant(1, 8, 64, 1, 0, 32)), GNTST_okay);
  EXPECT_EQ(run(from_grant(1, 8, 63, 1, 0, 8)), GNTST_general_error);
  EXPECT_EQ(run(from_grant(1, 8, 64, 1, 0, 33)), GNTST_general_error);
  granter.v2()[8].sub_page = {{GTF_permit_access | GTF_sub_page, 2}, 4000, 65535, 3};
  EXPECT_EQ(run(from_grant(1, 8, 4000, 1, 0, 97)), GNTST_bad_copy_arg);
  EXPECT_EQ(granter.statuses()[8], 0);
}

TEST_F(GrantCopy, TransitiveGrantsAreFollowedOnce) {
  third.set_version(2);
  granter.grant_v1(8, 3, 3, GTF_permit_access | GTF_readonly);
  third.v2()[20].transitive = {{GTF_transitive, 2}, 1, 0, 8};
  EXPECT_EQ(run(from_grant(3, 20, 0, 1, 0, 32)), GNTST_okay);
  EXPECT_EQ(copier.memory[1][31], std::byte{0x33});
  EXPECT_EQ(run(to_grant(3, 20, 1, 32)), GNTST_general_error);  // the inner grant is for reading
  EXPECT_EQ(third.statuses()[20], 0);
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access | GTF_readonly);
  third.v2()[21].transitive = {{GTF_transitive, 2}, 3, 0, 20};  // to itself
  EXPECT_EQ(run(from_grant(3, 21, 0, 1, 0, 32)), GNTST_general_error);
  granter.set_version(2);
  granter.v2()[8].transitive = {{GTF_transitive, 3}, 2, 0, 9};  // a chain
  EXPECT_EQ(run(from_grant(3, 20, 0, 1, 0, 32)), GNTST_general_error);
  third.v2()[20].transitive = {{GTF_transitive, 2}, 99, 0, 8};
  EXPECT_EQ(run(from_grant(3, 20, 0, 1, 0, 32)), GNTST_general_error);
  for (u32 ref : {20, 21}) EXPECT_EQ(third.statuses()[ref], 0);
  EXPECT_EQ(granter.statuses()[8], 0);
}

TEST_F(GrantCopy, BatchReusesAndReleases) {
  granter.grant_v1(8, 2, 3);
  granter.grant_v1(9, 2, 4);
  gnttab_copy_t copies[40];
  for (u32 i = 0; i < 40; ++i) copies[i] = from_grant(1, i < 20 ? 8 : i < 30 ? 9 : 600 + i, 0, i / 10, i, 8);
  EXPECT_EQ(copier.grant_op(GNTTABOP_copy, copies, 40), 0);
  for (u32 i = 0; i < 40; ++i) EXPECT_EQ(copies[i].status, i < 30 ? GNTST_okay : GNTST_bad_gntref) << i;
  EXPECT_EQ(granter.v1()[8].flags, GTF_permit_access);
  EXPECT_EQ(granter.v1()[9].flags, GTF_permit_access);
}

TEST_F(GrantCopy, ContentOfAnEntryInUseDoesNotChange) {
  granter.grant_v1(8, 2, 3);
  GrantAccess access = GrantAccess::acquire(*granter.domain, GrantRef{8}, DomainId{2}, false).take();
  granter.v1()[8].frame = 4;  // a hostile granter
  GrantAccess again = GrantAccess::acquire(*granter.domain, GrantRef{8}, DomainId{2}, false).take();
  EXPECT_EQ(again.mfn(), access.mfn());
  EXPECT_EQ(GrantAccess::acquire(*granter.domain, GrantRef{8}, DomainId{3}, false).status(), GrantStatus::general_error);
}

}  // namespace
}  // namespace xenolith
