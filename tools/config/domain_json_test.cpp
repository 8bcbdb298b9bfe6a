// SPDX-License-Identifier: MIT
#include "tools/config/domain_json.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/config/test_expect.hpp"

namespace xenolith::tools {
namespace {

using nlohmann::json;

DomainConfig sample() {
  return parse_config(R"(
type = "pvh"; name = "web"; uuid = "01234567-89ab-cdef-0123-456789abcdef"; kernel = "/boot/vmlinuz"; ramdisk = "/boot/initrd"
cmdline = "console=hvc0"; memory = 64; maxmem = 128; vcpus = 2; maxvcpus = 4; cpus = ["0", "0-1"]; cpu_weight = 512
disk = [ 'phy:/dev/vg/web,xvda,w', ',hdc:cdrom,r', 'backend=storage,format=qcow2,vdev=xvdb,no-discard,target=/img' ]
vif = [ 'mac=00:16:3e:01:02:03,bridge=xenbr0,rate=1MB/s@20ms', 'backend=net,mtu=9000' ]
channel = [ 'name=c,connection=pty', 'name=s,connection=socket,path=/run/s' ]
on_poweroff = 'rename-restart'; on_reboot = 'destroy'; driver_domain = 1; acpi = 1; nomigrate = 1; rtc_timeoffset = -60
max_grant_frames = 32; iomem = [ 'b8000,8', 'fee00,1@100' ]; ioports = [ '2f8-2ff' ]; irqs = [ 5 ]; tsc_mode = 'native'
pool = "Pool-1"; msr_relaxed = 1; bootloader = "/usr/bin/b"; bootloader_args = [ "-q" ]; max_event_channels = 127; vuart = "sbsa_uart"
)",
                      "f")
      .config;
}

TEST(DomainJson, LibxlsNames) {
  json parsed = json::parse(to_json(sample()));
  EXPECT_EQ(parsed["c_info"]["type"], "pvh");
  EXPECT_EQ(parsed["c_info"]["uuid"], "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(parsed["c_info"]["driver_domain"], "True");
  EXPECT_EQ(parsed["b_info"]["max_memkb"], 131072);
  EXPECT_EQ(parsed["b_info"]["avail_vcpus"], json({0, 1}));
  EXPECT_EQ(parsed["b_info"]["vcpu_hard_affinity"], json({{0}, {0, 1}}));
  EXPECT_EQ(parsed["b_info"]["sched_params"]["weight"], 512);
  EXPECT_TRUE(parsed["b_info"].contains("type.pvh"));
  EXPECT_EQ(parsed["b_info"]["arch_arm"]["vuart"], "sbsa_uart");
  EXPECT_EQ(parsed["disks"][0]["pdev_path"], "/dev/vg/web");
  EXPECT_EQ(parsed["disks"][0]["readwrite"], 1);
  EXPECT_EQ(parsed["disks"][1]["format"], "empty");
  EXPECT_EQ(parsed["disks"][2]["backend_domname"], "storage");
  EXPECT_EQ(parsed["nics"][0]["rate_interval_usecs"], 20000);
  EXPECT_EQ(parsed["channels"][1]["connection.socket"]["path"], "/run/s");
  EXPECT_EQ(parsed["on_poweroff"], "restart_rename");
  EXPECT_FALSE(parsed.contains("on_reboot"));
  EXPECT_EQ(parsed["on_soft_reset"], "soft_reset");
}

TEST(DomainJson, RoundTrip) {
  DomainConfig config = sample();
  DomainConfig again = config_from_json(to_json(config));
  EXPECT_EQ(to_json(again), to_json(config));
  EXPECT_EQ(again.other_json, "");
  EXPECT_EQ(again.disks, config.disks);
  EXPECT_EQ(again.vifs, config.vifs);
  EXPECT_EQ(again.channels, config.channels);
  EXPECT_EQ(again.uuid, config.uuid);
  EXPECT_TRUE(again.serial_line);
  EXPECT_EQ(again.scheduling, config.scheduling);
  EXPECT_EQ(again.hard_affinity, config.hard_affinity);
  EXPECT_EQ(again.io_memory, config.io_memory);
  EXPECT_EQ(again.on_reboot, ShutdownAction::destroy);
  EXPECT_EQ(again.time_offset_s, -60);
}

TEST(DomainJson, WhatItDoesNotKnowStays) {
  DomainConfig config =
      config_from_json(R"({"c_info":{"type":"hvm","name":"x","oos":"True"},"b_info":{"max_vcpus":1,"avail_vcpus":[0],
    "max_memkb":65536,"type.hvm":{"vnc":{"enable":"True"},"bios":"seabios"}},"pcidevs":[{"bus":1}],"on_reboot":"restart"})");
  EXPECT_EQ(config.type, DomainType::hvm);
  EXPECT_EQ(config.firmware, "seabios");
  config.name = "y";
  json parsed = json::parse(to_json(config));
  EXPECT_EQ(parsed["c_info"]["oos"], "True");
  EXPECT_EQ(parsed["c_info"]["name"], "y");
  EXPECT_EQ(parsed["b_info"]["type.hvm"]["vnc"]["enable"], "True");
  EXPECT_EQ(parsed["pcidevs"][0]["bus"], 1);
  EXPECT_EQ(parsed["on_reboot"], "restart");
}

TEST(DomainJson, Errors) {
  auto message = [](std::string_view text) { return message_of([&] { config_from_json(text); }); };
  EXPECT_EQ(message("{}"), "c_info.type is missing");
  EXPECT_EQ(message("[]"), "the configuration: expected an object");
  EXPECT_NE(message("{").find("no JSON"), std::string::npos);
  EXPECT_EQ(message(R"({"c_info":{"type":"pvh"},"b_info":{"max_vcpus":-1}})"),
            "b_info.max_vcpus: expected a number from 0 to 4096");
  EXPECT_EQ(message(R"({"c_info":{"type":"pvh"},"b_info":{"avail_vcpus":[99999999]}})"),
            "b_info.avail_vcpus: expected a list of the numbers of bits");
  EXPECT_EQ(message(R"({"c_info":{"type":"pvh"},"disks":[{"vdev":1}]})"), "disks[0].vdev: expected a text");
  EXPECT_EQ(message(R"({"c_info":{"type":"pvh","hap":"Perhaps"}})"), "c_info.hap: expected \"True\" or \"False\"");
  EXPECT_EQ(message(std::string(1000, '[')), "the configuration is nested too deeply");
}

}  // namespace
}  // namespace xenolith::tools
