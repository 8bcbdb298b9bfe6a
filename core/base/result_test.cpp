// SPDX-License-Identifier: MIT
#include "core/base/result.hpp"

#include <gtest/gtest.h>

#include "core/base/own.hpp"

namespace xenolith {
namespace {

Result<int> half(int value) {
  if (value % 2) return Failure{XEN_EINVAL};
  return value / 2;
}
Result<int> quarter(int value) { return TRY(half(TRY(half(value)))); }

TEST(Result, TryYieldsOrPropagates) {
  EXPECT_EQ(*quarter(8), 2);
  EXPECT_EQ(quarter(6).error(), XEN_EINVAL);
}

TEST(Result, StatusIsNegativeErrorNumber) {
  EXPECT_EQ(status_of(Failure{XEN_ENOSYS}), -38);
  EXPECT_EQ(status_of({}), 0);
}

struct Counted : RefCounted<Counted> {
  explicit Counted(int& alive) : alive{alive} { ++alive; }
  ~Counted() { --alive; }
  int& alive;
};

TEST(Ref, LastReferenceDestroys) {
  int alive = 0;
  {
    auto object = make<Counted>(alive);
    ASSERT_TRUE(object);
    auto first = Ref<Counted>::adopt(object.take().release());
    Ref<Counted> second = first;
    first = nullptr;
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace xenolith
