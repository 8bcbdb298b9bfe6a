// SPDX-License-Identifier: MIT
#include "tools/builder/pvh_builder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tools/base/error.hpp"
#include "tools/base/failure_point.hpp"
#include "tools/builder/layout.hpp"
#include "tools/builder/test_images.hpp"
#include "tools/control/fake_port.hpp"

extern "C" {
#include <xen/arch-x86/hvm/start_info.h>
}

namespace xenolith::tools {
namespace {

class PvhBuilder : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / fmt::format("pvh-builder-{}", Uuid::random().text());
    std::filesystem::create_directory(folder);
    request.kernel = save("kernel", test::make_elf({.content = 5000, .size = 20000}));
    request.memory = request.max_memory = KiB(8192);
  }
  void TearDown() override {
    std::filesystem::remove_all(folder);
    EXPECT_EQ(fake.buffers(), 0u);
    EXPECT_EQ(fake.mappings(), 0u);
  }

  std::string save(const std::string& name, const test::Bytes& content) {
    auto path = folder / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), std::streamsize(content.size()));
    return path;
  }
  DomainId make() {
    DomainId domain = hypervisor.domains.create({.handle = Uuid::random(), .max_vcpus = request.max_vcpus});
    hypervisor.domains.make_vcpus(domain, request.max_vcpus);
    hypervisor.domains.set_max_memory(domain, pvh_memory_limit(request.max_memory));
    return domain;
  }
  template <typename T>
  T read(DomainId domain, uint64_t address) {
    auto bytes = fake.read(domain, address, sizeof(T));
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string text(DomainId domain, uint64_t address) {
    auto bytes = fake.read(domain, address, 256);
    return reinterpret_cast<const char*>(bytes.data());
  }
  HVM_SAVE_TYPE(CPU) registers(DomainId domain) {
    auto& context = fake.find(domain)->hvm_context;
    HVM_SAVE_TYPE(CPU) cpu;
    std::memcpy(&cpu, context.data() + context.size() - sizeof(hvm_save_descriptor) - sizeof cpu, sizeof cpu);
    return cpu;
  }

  std::filesystem::path folder;
  FakePort fake;
  Hypervisor hypervisor{fake};
  BuildRequest request;
};

TEST_F(PvhBuilder, GuestFindsEverything) {
  test::Bytes ramdisk(10000, 'r');
  request.modules = {save("initrd", ramdisk)};
  request.command_line = "console=hvc0 root=/dev/xvda";
  request.max_vcpus = 3;
  DomainId domain = make();
  BuildResult result = build_pvh(hypervisor, domain, request);
  EXPECT_EQ(result.kernel_type, "ELF");
  EXPECT_EQ(result.shown_memory, KiB(8192));

  // The kernel, with zeros after what the file has.
  EXPECT_EQ(read<uint8_t>(domain, 0x100000 + 4999), uint8_t(4999 * 7 + 1));
  EXPECT_EQ(read<uint64_t>(domain, 0x100000 + 5000), 0u);

  auto cpu = registers(domain);
  EXPECT_EQ(cpu.rip, 0x100010u);
  EXPECT_EQ(cpu.cr0 & 0x80000001, 1u);
  auto info = read<hvm_start_info>(domain, cpu.rbx);
  EXPECT_EQ(info.magic, uint32_t(XEN_HVM_START_MAGIC_VALUE));
  EXPECT_EQ(text(domain, info.cmdline_paddr), request.command_line);
  ASSERT_EQ(info.nr_modules, 1u);
  auto module = read<hvm_modlist_entry>(domain, info.modlist_paddr);
  EXPECT_EQ(module.size, 10000u);
  EXPECT_EQ(fake.read(domain, module.paddr, 10000), ramdisk);
  ASSERT_EQ(info.memmap_entries, 3u);
  auto ram = read<hvm_memmap_table_entry>(domain, info.memmap_paddr);
  EXPECT_EQ(ram.size, 8u << 20);
  EXPECT_EQ(text(domain, info.rsdp_paddr).substr(0, 8), "RSD PTR ");

  auto& parameters = fake.find(domain)->parameters;
  EXPECT_EQ(parameters[HVM_PARAM_STORE_PFN], 0xfeffcu);
  EXPECT_EQ(parameters[HVM_PARAM_CONSOLE_PFN], 0xfefffu);
  EXPECT_EQ(parameters[HVM_PARAM_STORE_EVTCHN], result.store_port.value());
  EXPECT_EQ(parameters[HVM_PARAM_CONSOLE_EVTCHN], result.console_port.value());
  auto grants = hypervisor.memory.map_grant_table(domain, PageCount(1));
  EXPECT_EQ(grants.as<grant_entry_v1_t>()[GNTTAB_RESERVED_XENSTORE].frame, 0xfeffcu);
  EXPECT_EQ(grants.as<grant_entry_v1_t>()[GNTTAB_RESERVED_CONSOLE].flags, GTF_permit_access);
  EXPECT_EQ(hypervisor.memory.current(domain), result.populated);
}

TEST_F(PvhBuilder, MemoryAboveTheHole) {
  RamLayout ram = RamLayout::of(KiB(6ull << 20));
  EXPECT_EQ(ram.low_end, 0xfc000000u);
  EXPECT_EQ(ram.high_end - (4ull << 30), (6ull << 30) - 0xfc000000u);
  auto map = pvh_memory_map(ram, 4096, true);
  uint64_t last = 0, bytes = 0;
  for (auto& range : map) {
    EXPECT_GE(range.start, last);
    last = range.start + range.size;
    if (range.type == MemoryType::ram) bytes += range.size;
  }
  EXPECT_EQ(bytes, (6ull << 30) - page_size);  // the page of the RSDP
}

TEST_F(PvhBuilder, OldLinuxFindsItsRsdpBelowOneMib) {
  request.kernel = save("kernel", test::make_elf({.linux_guest = true}));
  DomainId domain = make();
  build_pvh(hypervisor, domain, request);
  EXPECT_EQ(text(domain, 0xfffc0).substr(0, 8), "RSD PTR ");
}

TEST_F(PvhBuilder, MaximumIsShownOnlyWhereItIsPopulatedOnDemand) {
  request.max_memory = KiB(16384);
  DomainId plain = make();
  EXPECT_EQ(build_pvh(hypervisor, plain, request).shown_memory, KiB(8192));
  EXPECT_EQ(hypervisor.memory.highest_frame(plain), Gfn(0xfefff));
  EXPECT_EQ(read<hvm_memmap_table_entry>(plain, read<hvm_start_info>(plain, registers(plain).rbx).memmap_paddr).size,
            8u << 20);
  fake.populate_on_demand = true;
  DomainId on_demand = make();
  EXPECT_EQ(build_pvh(hypervisor, on_demand, request).shown_memory, KiB(16384));
  EXPECT_EQ(
      read<hvm_memmap_table_entry>(on_demand, read<hvm_start_info>(on_demand, registers(on_demand).rbx).memmap_paddr)
          .size,
      16u << 20);
}

TEST_F(PvhBuilder, ZeroedMemoryIsNotClearedAgain) {
  request.kernel = save("kernel", test::make_elf({.content = 5000, .size = 4 << 20}));
  DomainId xen = make();
  size_t before = fake.log().size();
  build_pvh(hypervisor, xen, request);
  auto mapped_much = [&] {
    return std::any_of(fake.log().begin() + long(before), fake.log().end(),
                       [](const std::string& line) { return line.starts_with("map 10"); });
  };
  EXPECT_TRUE(mapped_much());
  fake.extra_version = ".0-xenolith";
  DomainId xenolith = make();
  before = fake.log().size();
  build_pvh(hypervisor, xenolith, request);
  EXPECT_FALSE(mapped_much());
}

TEST_F(PvhBuilder, WithoutAcpi) {
  request.acpi = false;
  DomainId domain = make();
  build_pvh(hypervisor, domain, request);
  EXPECT_EQ(read<hvm_start_info>(domain, registers(domain).rbx).rsdp_paddr, 0u);
}

TEST_F(PvhBuilder, SaysWhatDoesNotFit) {
  DomainId domain = make();
  auto refusal = [&](BuildRequest what) -> std::string {
    try {
      build_pvh(hypervisor, domain, what);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  BuildRequest large = request;
  large.modules = {save("initrd", test::Bytes(8 << 20))};
  EXPECT_NE(refusal(large).find("do not fit into the guest's memory"), std::string::npos);
  BuildRequest small = request;
  small.memory = small.max_memory = KiB(512);
  EXPECT_NE(refusal(small).find("does not fit into the guest's memory"), std::string::npos);
  BuildRequest tight = request;
  tight.memory = tight.max_memory = KiB(1024 + 20);
  EXPECT_NE(refusal(tight).find("no room for the start information"), std::string::npos) << refusal(tight);
  BuildRequest pipe = request;
  pipe.modules = {"/dev/null"};
  EXPECT_NE(refusal(pipe).find("not a regular file"), std::string::npos);
  BuildRequest vcpus = request;
  vcpus.vcpus = 5;
  EXPECT_NE(refusal(vcpus), "");
  EXPECT_EQ(hypervisor.memory.current(domain), PageCount(0));
}

// Each step fails once; the domain can be destroyed each time, and nothing stays behind.
TEST_F(PvhBuilder, EachStepFails) {
  request.modules = {save("initrd", test::Bytes(5000))};
  uint64_t free = fake.free_pages();
  unsigned failures = 0;
  for (unsigned step = 1;; ++step) {
    DomainId domain = make();
    bool failed = false;
    try {
      FailureSchedule schedule(step);
      build_pvh(hypervisor, domain, request);
    } catch (const Error&) {
      failed = true;
      ++failures;
    }
    hypervisor.domains.destroy(domain);
    EXPECT_EQ(fake.free_pages(), free);
    EXPECT_EQ(fake.buffers() + fake.mappings(), 0u);
    if (!failed) break;
  }
  EXPECT_GT(failures, 15u);
}

TEST_F(PvhBuilder, EachCallFails) {
  uint64_t free = fake.free_pages();
  for (unsigned call = 1;; ++call) {
    DomainId domain = make();
    unsigned before = fake.calls();
    bool failed = false;
    fake.fail_call(call, ENOMEM);
    try {
      build_pvh(hypervisor, domain, request);
    } catch (const Error& error) {
      failed = true;
      EXPECT_EQ(error.code(), ENOMEM) << error.what();
    }
    bool reached = fake.calls() - before >= call;
    fake.fail_call(0, 0);
    hypervisor.domains.destroy(domain);
    EXPECT_EQ(fake.free_pages(), free);
    EXPECT_EQ(failed, reached) << "call " << call;
    if (!reached) break;
  }
}

}  // namespace
}  // namespace xenolith::tools
