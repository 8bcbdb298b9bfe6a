// SPDX-License-Identifier: MIT
#include "core/control/hypfs_op.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "core/boot/options.hpp"
#include "core/control/test_caller.hpp"

namespace xenolith {
namespace {

constinit IntegerOption number_option{"hypfs-test-number", "For a test.", 3, 0, 100, OptionTime::runtime};
XENOLITH_REGISTER_OPTION(number_option);
constinit BoolOption boot_option{"hypfs-test-boot", "For a test.", false};
XENOLITH_REGISTER_OPTION(boot_option);

class Hypfs : public test::ControlTest {
 protected:
  i64 read(std::string path, size_t room = 4096) {
    buffer.assign(room, '\x7e');
    return call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_read, path.c_str(), path.size() + 1, buffer.data(), room);
  }
  i64 write(std::string path, std::string_view value) {
    return call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_write_contents, path.c_str(), path.size() + 1, value.data(),
                value.size());
  }
  xen_hypfs_direntry entry() {
    xen_hypfs_direntry result;
    std::memcpy(&result, buffer.data(), sizeof(result));
    return result;
  }
  std::string text() { return buffer.data() + sizeof(xen_hypfs_direntry); }
  std::vector<std::string> names() {
    std::vector<std::string> result;
    size_t at = sizeof(xen_hypfs_direntry);
    for (;;) {
      u16 next;
      std::memcpy(&next, &buffer[at + offsetof(xen_hypfs_dirlistentry, off_next)], sizeof(next));
      result.emplace_back(&buffer[at + offsetof(xen_hypfs_dirlistentry, name)]);
      if (next == 0) return result;
      at += next;
    }
  }
  std::vector<char> buffer;
};

TEST_F(Hypfs, TreeCanBeWalked) {
  ASSERT_EQ(read("/"), 0);
  EXPECT_EQ(entry().type, XEN_HYPFS_TYPE_DIR);
  EXPECT_EQ(names(), (std::vector<std::string>{"buildinfo", "cpupool", "params"}));
  ASSERT_EQ(read("/buildinfo/version"), 0);
  EXPECT_EQ(names(), (std::vector<std::string>{"extra", "major", "minor"}));
  ASSERT_EQ(read("/buildinfo/version/extra"), 0);
  EXPECT_EQ(text(), ".0-xenolith");
  ASSERT_EQ(read("/buildinfo/version/minor"), 0);
  EXPECT_EQ(entry().type, XEN_HYPFS_TYPE_UINT);
  EXPECT_EQ(buffer[sizeof(xen_hypfs_direntry)], 17);
  ASSERT_EQ(read("/cpupool"), 0);
  EXPECT_EQ(names(), std::vector<std::string>{"0"});
  ASSERT_EQ(read("/cpupool/0/sched-gran"), 0);
  EXPECT_EQ(text(), "cpu");
}

TEST_F(Hypfs, ParametersAreReadAndWritten) {
  ASSERT_EQ(read("/params/hypfs-test-number"), 0);
  EXPECT_EQ(text(), "3");
  EXPECT_GT(entry().max_write_len, 0u);
  using namespace std::string_view_literals;
  EXPECT_EQ(write("/params/hypfs-test-number", "42\0"sv), 0);
  EXPECT_EQ(number_option.value(), 42);
  EXPECT_EQ(write("/params/hypfs-test-number", "4200\0"sv), -XEN_ERANGE);
  EXPECT_EQ(write("/params/hypfs-test-number", "42"sv), -XEN_EINVAL);
  EXPECT_EQ(write("/params/hypfs-test-number", "4\0002\0"sv), -XEN_EINVAL);
  EXPECT_EQ(write("/params/hypfs-test-number", ""sv), -XEN_EINVAL);
  EXPECT_EQ(write("/params/hypfs-test-number", std::string(300, '1')), -XEN_ENOSPC);
  EXPECT_EQ(write("/params", "1\0"sv), -XEN_EACCES);
  EXPECT_EQ(write("/buildinfo/version/extra", "1\0"sv), -XEN_EACCES);
  EXPECT_EQ(read("/params/hypfs-test-boot"), -XEN_ENOENT);
}

TEST_F(Hypfs, WrongPathsAndBuffers) {
  EXPECT_EQ(read("params"), -XEN_EINVAL);
  EXPECT_EQ(read("/nothing"), -XEN_ENOENT);
  EXPECT_EQ(read("/params/"), -XEN_ENOENT);
  EXPECT_EQ(read("/cpupool/9"), -XEN_ENOENT);
  EXPECT_EQ(read("/", 4), -XEN_EINVAL);
  EXPECT_EQ(read("/", sizeof(xen_hypfs_direntry)), -XEN_ENOBUFS);
  EXPECT_GT(entry().content_len, 0u);
  EXPECT_EQ(call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_read, "/", 1, buffer.data(), 9), -XEN_EINVAL);
  EXPECT_EQ(call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_read, nullptr, 2, buffer.data(), 9), -XEN_EFAULT);
  EXPECT_EQ(call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_read, "/", 5000, buffer.data(), 9), -XEN_EINVAL);
  EXPECT_EQ(call(__HYPERVISOR_hypfs_op, XEN_HYPFS_OP_get_version, 1), -XEN_EINVAL);
  EXPECT_EQ(call(__HYPERVISOR_hypfs_op, 9), -XEN_ENOSYS);
}

}  // namespace
}  // namespace xenolith
