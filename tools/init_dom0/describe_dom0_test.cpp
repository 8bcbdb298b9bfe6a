// SPDX-License-Identifier: MIT
#include "tools/init_dom0/describe_dom0.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tools/config/domain_json.hpp"
#include "tools/control/fake_port.hpp"
#include "tools/toolstack/userdata.hpp"
#include "tools/xenstore/fake_store.hpp"

namespace xenolith::tools {
namespace {

class DescribeDom0 : public ::testing::Test {
 protected:
  DescribeDom0() : folder(std::filesystem::temp_directory_path() / ("init-dom0-test-" + std::to_string(::getpid()))) {
    std::filesystem::create_directory(folder);
  }
  ~DescribeDom0() override { std::filesystem::remove_all(folder); }

  std::filesystem::path folder;
  FakePort port;
  Hypervisor hypervisor{port};
  MemoryStore store;
};

TEST_F(DescribeDom0, WritesWhatOtherToolsExpect) {
  Uuid uuid = Uuid::random();
  describe_dom0(hypervisor, store, folder, uuid);
  EXPECT_EQ(store.read("/local/domain/0/domid"), "0");
  EXPECT_EQ(store.read("/local/domain/0/name"), "Domain-0");
  EXPECT_EQ(store.read("/local/pool/0/name"), "Pool-0");
  EXPECT_EQ(hypervisor.domains.info(DomainId(0)).handle, uuid);
  auto json = Userdata(folder, DomainId(0), uuid).load("libxl-json");
  ASSERT_TRUE(json);
  EXPECT_EQ(config_from_json(*json).name, "Domain-0");
}

TEST_F(DescribeDom0, LeavesWhatIsThere) {
  Uuid before = hypervisor.domains.info(DomainId(0)).handle;
  store.write("/local/domain/0/name", "host");
  store.write("/local/pool/0/name", "all");
  describe_dom0(hypervisor, store, folder, std::nullopt);
  EXPECT_EQ(store.read("/local/domain/0/name"), "host");
  EXPECT_EQ(store.read("/local/pool/0/name"), "all");
  EXPECT_EQ(hypervisor.domains.info(DomainId(0)).handle, before);
}

}  // namespace
}  // namespace xenolith::tools
