// SPDX-License-Identifier: MIT
#include "core/control/version_op.hpp"

#include <arch/control.hpp>

#include <cstring>
#include <string>

#include "core/control/test_caller.hpp"

namespace xenolith {
namespace {

class Version : public test::ControlTest {
 protected:
  template <class T>
  i64 ask(u32 command, T* argument) {
    return guest_call(__HYPERVISOR_xen_version, command, argument);
  }
};

TEST_F(Version, TellsWhatItIs) {
  EXPECT_EQ(ask(XENVER_version, static_cast<void*>(nullptr)), 4 << 16 | 17);
  xen_extraversion_t extra;
  EXPECT_EQ(ask(XENVER_extraversion, &extra), 0);
  EXPECT_EQ(std::string{extra}, ".0-xenolith");
  xen_compile_info_t compile;
  EXPECT_EQ(ask(XENVER_compile_info, &compile), 0);
  EXPECT_NE(std::string{compile.compiler}.find("++"), std::string::npos);
  xen_capabilities_info_t capabilities;
  EXPECT_EQ(ask(XENVER_capabilities, &capabilities), 0);
  EXPECT_EQ(std::string{capabilities}, "fake-1.0 ");
  xen_changeset_info_t changeset;
  EXPECT_EQ(ask(XENVER_changeset, &changeset), 0);
  xen_platform_parameters_t parameters{};
  EXPECT_EQ(ask(XENVER_platform_parameters, &parameters), 0);
  EXPECT_EQ(parameters.virt_start, arch::interface_virt_start);
  EXPECT_EQ(ask(XENVER_pagesize, static_cast<void*>(nullptr)), 4096);
  EXPECT_EQ(ask(XENVER_pagesize, &parameters), -XEN_EINVAL);
}

TEST_F(Version, FeaturesByWord) {
  xen_feature_info_t info{0, 5};
  EXPECT_EQ(ask(XENVER_get_features, &info), 0);
  EXPECT_EQ(info.submap, 0u);
  EXPECT_EQ(call(__HYPERVISOR_xen_version, XENVER_get_features, &info), 0);
  EXPECT_EQ(info.submap, 1u << XENFEAT_dom0);
  info.submap_idx = XENFEAT_NR_SUBMAPS;
  EXPECT_EQ(ask(XENVER_get_features, &info), -XEN_EINVAL);
}

TEST_F(Version, CommandLineIsForControlDomains) {
  set_command_line("console=com1 loglvl=all");
  xen_commandline_t text;
  EXPECT_EQ(ask(XENVER_commandline, &text), 0);
  EXPECT_EQ(std::string{text}, "<denied>");
  EXPECT_EQ(call(__HYPERVISOR_xen_version, XENVER_commandline, &text), 0);
  EXPECT_EQ(std::string{text}, "console=com1 loglvl=all");
  set_command_line(std::string(5000, 'x'));
  EXPECT_EQ(call(__HYPERVISOR_xen_version, XENVER_commandline, &text), 0);
  EXPECT_EQ(std::strlen(text), sizeof(text) - 1);
}

TEST_F(Version, HandleBuildIdAndErrors) {
  guest->handle()[3] = 0x5a;
  xen_domain_handle_t handle{};
  EXPECT_EQ(ask(XENVER_guest_handle, &handle), 0);
  EXPECT_EQ(handle[3], 0x5a);
  EXPECT_EQ(ask(XENVER_build_id, static_cast<void*>(nullptr)), -XEN_EPERM);
  EXPECT_EQ(call(__HYPERVISOR_xen_version, XENVER_build_id, nullptr), -XEN_ENODATA);
  EXPECT_EQ(ask(99, &handle), -XEN_ENOSYS);
  EXPECT_EQ(ask(XENVER_extraversion, static_cast<void*>(nullptr)), -XEN_EFAULT);
}

}  // namespace
}  // namespace xenolith
