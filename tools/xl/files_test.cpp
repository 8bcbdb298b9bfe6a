// SPDX-License-Identifier: MIT
#include "tools/xl/files.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tools/base/error.hpp"
#include "tools/xl/global_config.hpp"
#include "tools/xl/log_file.hpp"
#include "tools/xl/pool_config.hpp"

namespace xenolith::tools::xl {
namespace {

namespace fs = std::filesystem;

class XlFiles : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/xl-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string folder_;
};

TEST_F(XlFiles, LogsAreKept) {
  for (int i = 0; i < 12; ++i) {
    UniqueFd log = open_log(folder_, "xl-a");
    std::string text = std::to_string(i);
    ASSERT_EQ(write(log.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  EXPECT_EQ(read_file(folder_ + "/xl-a.log"), "11");
  EXPECT_EQ(read_file(folder_ + "/xl-a.log.1"), "10");
  EXPECT_EQ(read_file(folder_ + "/xl-a.log.10"), "1");
  EXPECT_FALSE(fs::exists(folder_ + "/xl-a.log.11"));
}

TEST_F(XlFiles, MissingFile) {
  try {
    read_file(folder_ + "/none");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ENOENT);
  }
}

TEST(GlobalConfig, Keys) {
  std::vector<std::string> warnings;
  GlobalConfig config = parse_global_config(
      "vif.default.bridge=\"br0\"\nvif.default.script='vif-x'\nrun_hotplug_scripts=0\nmax_grant_frames=64\n"
      "vm.cpumask=\"0-3\"\nautoballoon=\"auto\"\nmystery=1\n", "xl.conf", warnings);
  EXPECT_EQ(config.vif_bridge, "br0");
  EXPECT_EQ(config.vif_script, "vif-x");
  EXPECT_FALSE(config.run_hotplug_scripts);
  EXPECT_EQ(config.max_grant_frames, 64u);
  EXPECT_EQ(config.cpu_mask, "0-3");
  EXPECT_EQ(warnings, std::vector<std::string>{"xl.conf:7: mystery: unknown key"});
}

TEST(PoolConfig, Keys) {
  PoolConfig config = parse_pool_config("sched='credit'\ncpus=['1','2-3']", "/etc/xen/fast", {});
  EXPECT_EQ(config.name, "fast");
  EXPECT_EQ(config.scheduler, Scheduler::credit);
  EXPECT_EQ(config.cpus, CpuList::parse("1,2-3"));
  std::vector<std::string> variables = {"name=x", "nodes=['0']"};
  config = parse_pool_config("", "", variables);
  EXPECT_EQ(config.name, "x");
  EXPECT_EQ(config.nodes, CpuList::parse("node:0"));
  EXPECT_THROW(parse_pool_config("", "", {}), Error);
  EXPECT_THROW(parse_pool_config("name='x';sched='fair'", "", {}), Error);
  EXPECT_THROW(parse_pool_config("name='x';colour='y'", "", {}), Error);
}

}  // namespace
}  // namespace xenolith::tools::xl
