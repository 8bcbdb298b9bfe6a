// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "tools/config/domain_config.hpp"
#include "tools/config/test_expect.hpp"

namespace xenolith::tools {
namespace {

constexpr const char* least = "name='a'; type='pvh'; kernel='/k'\n";

DomainConfig parse(const std::string& more) { return parse_config(least + more, "f").config; }
std::string message(const std::string& more) {
  return message_of([&] { parse(more); });
}
std::string warning(const std::string& more) {
  auto warnings = parse_config(least + more, "f").warnings;
  return warnings.empty() ? "" : warnings.front();
}

TEST(ParseConfig, Defaults) {
  DomainConfig config = parse("memory=64");
  EXPECT_EQ(config.name, "a");
  EXPECT_EQ(config.type, DomainType::pvh);
  EXPECT_EQ(config.memory, KiB(65536));
  EXPECT_EQ(config.max_memory, KiB(65536));
  EXPECT_EQ(config.vcpus, 1u);
  EXPECT_EQ(config.max_vcpus, 1u);
  EXPECT_EQ(config.on_reboot, ShutdownAction::restart);
  EXPECT_FALSE(config.uuid);
}

TEST(ParseConfig, WholeFile) {
  ParsedConfig parsed = parse_config(R"(
type = "pvh"
name = "web"
uuid = "01234567-89ab-cdef-0123-456789abcdef"
kernel = "/boot/vmlinuz"
ramdisk = "/boot/initrd"
root = "/dev/xvda1 ro"
extra = "console=hvc0"
memory = 512
maxmem = "1024"
vcpus = 2
maxvcpus = 4
cpus = "0-1"
cpus_soft = ["0", "1"]
cpu_weight = 512
cap = 50
pool = "Pool-1"
disk = [ 'phy:/dev/vg/web,xvda,w',
         'backend=storage,vdev=xvdb,format=qcow2,target=/img' ]
vif = [ 'bridge=xenbr0', '' ]
channel = [ 'name=c,connection=pty' ]
on_poweroff = 'preserve'
on_crash = 'coredump-restart'
driver_domain = 1
max_grant_frames = 64
iomem = [ 'b8000,8', 'fee00,1@100' ]
ioports = [ '2f8-2ff', '3f8' ]
irqs = [ 5 ]
serial = 'pty'
)", "web.cfg");
  EXPECT_TRUE(parsed.warnings.empty());
  DomainConfig& config = parsed.config;
  EXPECT_EQ(config.uuid->text(), "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(config.command_line, "root=/dev/xvda1 ro console=hvc0");
  EXPECT_EQ(config.max_memory, KiB(1024 * 1024));
  EXPECT_EQ(config.max_vcpus, 4u);
  ASSERT_EQ(config.hard_affinity.size(), 4u);
  ASSERT_EQ(config.soft_affinity.size(), 2u);
  EXPECT_EQ(config.soft_affinity[1], CpuList::parse("1"));
  EXPECT_EQ(config.scheduling.weight, 512u);
  EXPECT_EQ(config.scheduling.cap, 50u);
  ASSERT_EQ(config.disks.size(), 2u);
  EXPECT_EQ(config.disks[1].backend.name, "storage");
  ASSERT_EQ(config.vifs.size(), 2u);
  EXPECT_EQ(config.on_poweroff, ShutdownAction::preserve);
  EXPECT_EQ(config.on_crash, ShutdownAction::coredump_restart);
  EXPECT_EQ(config.io_memory[1].guest_frame, 0x100u);
  EXPECT_EQ(config.io_ports[0], (IoPortRange{0x2f8, 8}));
  EXPECT_EQ(config.irqs, std::vector<uint32_t>{5});
  EXPECT_EQ(config.serial, std::vector<std::string>{"pty"});
}

TEST(ParseConfig, ErrorsSayKeyLineValueAndExpectation) {
  EXPECT_EQ(message("memory='lots'"), "f:2: memory = \"lots\": expected a number of MiB from 1 to 17179869184");
  EXPECT_EQ(message("memory=[1]"), "f:2: memory = [\"1\"]: expected a text");
  EXPECT_EQ(message("vcpus=0"), "f:2: vcpus = \"0\": expected a number from 1 to 4096");
  EXPECT_EQ(message("vcpus=3\nmaxvcpus=2"), "f:3: maxvcpus = \"2\": expected at least vcpus, which is 3");
  EXPECT_EQ(message("memory=64\nmaxmem=32"), "f:3: maxmem = \"32\": expected at least memory, which is 64");
  EXPECT_EQ(
      message("on_crash='explode'"),
      "f:2: on_crash = \"explode\": expected one of destroy, restart, rename-restart, preserve, coredump-destroy, "
      "coredump-restart, soft-reset");
  EXPECT_EQ(message("type='xyz'"), "f:2: type = \"xyz\": expected one of pv, hvm, pvh");
  EXPECT_EQ(message("disk=[\n'/x,,xvda',\n'/y,,foo']"),
            "f:4: disk: \"/y,,foo\": vdev is \"foo\", expected a name like xvda, hda1, sdb or d5p2");
  EXPECT_EQ(message("disk='/x,,xvda'"), "f:2: disk = \"/x,,xvda\": expected a list of texts: [ 'x', 'y' ]");
  EXPECT_EQ(message("disk=['/x,,xvda','/y,,xvda']"),
            "f:2: disk = [\"/x,,xvda\", \"/y,,xvda\"]: expected different devices, but \"xvda\" is there twice");
  EXPECT_EQ(message("cpus='3-1'"), "f:2: cpus: \"3-1\": the range \"3-1\" runs backwards");
  EXPECT_NE(message("uuid='x'").find("f:2: uuid = \"x\": "), std::string::npos);
  EXPECT_NE(message("cpu_weight=0").find("from 1 to 65535"), std::string::npos);
  EXPECT_NE(message("name='a/b'").find("f:2: name = \"a/b\""), std::string::npos);
  EXPECT_NE(message("name='17'"), "");
  EXPECT_NE(message("acpi='perhaps'").find("1 (yes) or 0 (no)"), std::string::npos);
  EXPECT_NE(message("iomem=['fee00']"), "");
  EXPECT_NE(message("ioports=['3f8-2f8']"), "");
  EXPECT_EQ(message_of([] { parse_config("type='pvh'", "f"); }), "f: name is missing");
  EXPECT_NE(message_of([] { parse_config("name='a';type='pvh'", "f"); }).find("kernel is missing"), std::string::npos);
}

TEST(ParseConfig, UnknownAndUnsupportedKeys) {
  EXPECT_EQ(warning("memoy=64"), "f:2: memoy: unknown key");
  EXPECT_EQ(warning("seclabel='x'"), "f:2: seclabel: has no effect");
  EXPECT_EQ(warning("vnc=1"), "");
  EXPECT_NE(message("pci=['01:00.0']").find("not supported yet"), std::string::npos);
  EXPECT_EQ(message("pci=[]"), "");
  EXPECT_EQ(message("pvshim=0"), "");
}

TEST(ParseConfig, SerialLine) {
  EXPECT_FALSE(parse("").serial_line);
  EXPECT_FALSE(parse("vuart='unknown'").serial_line);
  EXPECT_TRUE(parse("vuart='sbsa_uart'").serial_line);
  EXPECT_EQ(warning("vuart='sbsa_uart'"), "f:2: vuart: ignored: only guests of Arm have it");  // here, on x86
  EXPECT_NE(message("vuart='pl011'").find("f:2: vuart = \"pl011\""), std::string::npos);
}

TEST(ParseConfig, OlderSpellings) {
  EXPECT_EQ(parse_config("name='a';pvh=1;kernel='/k'", "f").config.type, DomainType::pvh);
  EXPECT_EQ(parse_config("name='a';builder='hvm'", "f").config.type, DomainType::hvm);
  EXPECT_EQ(parse_config("name='a';builder='generic';kernel='/k'", "f").config.type, DomainType::pv);
  EXPECT_EQ(parse_config("name='a';kernel='/k'", "f").config.type, DomainType::pv);
  EXPECT_NE(message("builder='hvm'").find("builder"), 0u);
  EXPECT_EQ(parse("tsc_mode=1").tsc_mode, TscMode::always_emulate);
  EXPECT_EQ(parse("tsc_mode='native'").tsc_mode, TscMode::native);
  EXPECT_EQ(parse("bootloader_args='-q  --kernel=x'").bootloader_args, (std::vector<std::string>{"-q", "--kernel=x"}));
}

TEST(ParseConfig, Overrides) {
  std::vector<std::string> overrides = {"name=b",   "memory=96", "disk=['/x,,xvda']", "extra='quoted text'",
                                        "cpus=0-1", "pool = P"};
  DomainConfig config = parse_config(std::string(least) + "memory=64", "f", overrides).config;
  EXPECT_EQ(config.name, "b");
  EXPECT_EQ(config.memory, KiB(96 * 1024));
  EXPECT_EQ(config.disks.size(), 1u);
  EXPECT_EQ(config.command_line, "quoted text");
  EXPECT_EQ(config.hard_affinity.at(0), CpuList::parse("0-1"));
  EXPECT_EQ(config.pool, "P");
  auto wrong = [](std::string text) {
    return message_of([&] { parse_config(least, "f", std::span(&text, 1)); });
  };
  EXPECT_EQ(wrong("memory=x"), "command line: memory = \"x\": expected a number of MiB from 1 to 17179869184");
  EXPECT_NE(wrong("memory"), "");
  EXPECT_NE(wrong("='x'"), "");
  EXPECT_NE(wrong("a b=1"), "");
  EXPECT_NE(wrong("disk=['x'"), "");
}

TEST(ParseConfig, CommandLineBesideRootAndExtra) {
  EXPECT_EQ(warning("cmdline='x'\nroot='/dev/a'"), "f:2: cmdline: root and extra are ignored beside it");
  EXPECT_EQ(parse("root='/dev/a'").command_line, "root=/dev/a");
}

TEST(ParseConfig, Affinity) {
  constexpr uint32_t nodes[] = {0, 0, 1, 1};
  DomainConfig config = parse("vcpus=3\ncpus=['all,^0','node:1']");
  resolve_affinity(config, nodes);
  ASSERT_EQ(config.hard_affinity.size(), 2u);
  EXPECT_EQ(config.hard_affinity[0], CpuList::parse("1-3"));
  EXPECT_EQ(config.hard_affinity[1], CpuList::parse("2-3"));
  config = parse("cpus='1,^1'");
  EXPECT_EQ(message_of([&] { resolve_affinity(config, nodes); }), "cpus: there is no CPU for vCPU 0");
}

}  // namespace
}  // namespace xenolith::tools
