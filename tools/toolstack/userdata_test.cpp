// SPDX-License-Identifier: MIT
#include "tools/toolstack/userdata.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

class UserdataTest : public testing::Test {
 protected:
  UserdataTest() : folder(std::filesystem::path(testing::TempDir()) / ("userdata-" + Uuid::random().text())) {}
  ~UserdataTest() override { std::filesystem::remove_all(folder); }

  std::filesystem::path folder;
  Uuid uuid = Uuid::parse("01234567-89ab-cdef-0123-456789abcdef");
};

TEST_F(UserdataTest, StoresReplacesAndRemoves) {
  Userdata data(folder, DomainId(3), uuid);
  EXPECT_FALSE(data.load("xl"));
  data.store("xl", "memory = 4\n");
  data.store("xl", "memory = 8\n");
  EXPECT_EQ(data.load("xl"), "memory = 8\n");
  EXPECT_EQ(data.path("xl"), folder.string() + "/userdata-d.3.01234567-89ab-cdef-0123-456789abcdef.xl");
  data.store("xl", "");
  EXPECT_FALSE(data.load("xl"));
  data.store("xl", "");
}

TEST_F(UserdataTest, RemovesAllOfOneDomainOnly) {
  Userdata data(folder, DomainId(3), uuid), other(folder, DomainId(33), uuid);
  data.store("xl", "a");
  data.store("libxl-json", "b");
  other.store("xl", "c");
  std::ofstream(folder / "userdata-l.3.01234567-89ab-cdef-0123-456789abcdef.domain-userdata-lock") << "";
  data.remove_all();
  EXPECT_TRUE(other.load("xl"));
  size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++files;
  EXPECT_EQ(files, 1u);
}

TEST_F(UserdataTest, OneAtATimeHoldsTheLock) {
  Userdata data(folder, DomainId(3), uuid);
  std::string order;
  auto first = std::make_unique<UserdataLock>(data.lock());
  std::thread other([&] {
    UserdataLock second = data.lock();
    order += "b";
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  order += "a";
  first.reset();
  other.join();
  EXPECT_EQ(order, "ab");
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST_F(UserdataTest, AFolderThatCannotBe) {
  Userdata data("/proc/nothing", DomainId(3), uuid);
  EXPECT_THROW(data.store("xl", "a"), Error);
  data.remove_all();
}

}  // namespace
}  // namespace xenolith::tools
