// SPDX-License-Identifier: MIT
// Whole command lines over a fake hypervisor and a store in memory: what they print and how they end.
#include "tools/xl/command.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tools/control/fake_port.hpp"
#include "tools/xenstore/fake_store.hpp"
#include "tools/xl/context.hpp"
#include "tools/xl/files.hpp"

namespace xenolith::tools::xl {
namespace {

struct Result {
  int status;
  std::string output, errors;
};

class XlCommand : public testing::Test {
 protected:
  XlCommand() {
    store_.write("/local/domain/0/name", "Domain-0");
    store_.write("/local/pool/0/name", "Pool-0");
    DomainId guest =
        hypervisor_.domains.create({.handle = Uuid::parse("01234567-89ab-cdef-0123-456789abcdef"), .max_vcpus = 2});
    hypervisor_.domains.make_vcpus(guest, 2);
    hypervisor_.domains.set_max_memory(guest, KiB(8192));
    store_.write("/local/domain/1/name", "web");
  }

  Result run(std::vector<std::string> words) {
    Context context(hypervisor_, store_);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    int status = run_command_line(context, words);
    std::string output = testing::internal::GetCapturedStdout();
    return {status, output, testing::internal::GetCapturedStderr()};
  }

  FakePort fake_{1 << 18};
  Hypervisor hypervisor_{fake_};
  MemoryStore store_;
};

TEST_F(XlCommand, TableIsSound) {
  std::set<std::string_view> names;
  for (const Command* command : command_table()) {
    EXPECT_TRUE(names.insert(command->name).second) << command->name;
    EXPECT_NE(command->run, nullptr) << command->name;
    EXPECT_FALSE(command->description.empty() || command->description.ends_with('.')) << command->name;
    EXPECT_LE(command->name.size(), 19u);
  }
}

TEST_F(XlCommand, ManualHasEachCommand) {
  std::string manual = read_file(XL_MANUAL);
  for (const Command* command : command_table()) {
    std::string name;
    for (char c : command->name) name += c == '-' ? std::string("\\-") : std::string(1, c);
    EXPECT_NE(manual.find("\n\\fB" + name + "\\fR"), std::string::npos) << command->name;
  }
}

TEST_F(XlCommand, Abbreviations) {
  EXPECT_EQ(find_command("cr"), find_command("create"));
  EXPECT_EQ(find_command("mem-"), nullptr);
  EXPECT_EQ(find_command("nothing"), nullptr);
  ASSERT_NE(find_command("list"), nullptr);
}

TEST_F(XlCommand, UsageAndStatus) {
  EXPECT_EQ(run({}).status, 1);
  EXPECT_EQ(run({"frobnicate"}).errors, "command not implemented\n");
  EXPECT_EQ(run({"frobnicate"}).status, 1);
  EXPECT_EQ(run({"save", "web", "file"}).errors, "xl: save is not supported yet\n");
  EXPECT_EQ(run({"-x", "list"}).errors, "unknown global option\n");
  EXPECT_EQ(run({"pause"}).status, 2);
  EXPECT_EQ(run({"pause"}).errors, "'xl pause' requires at least 1 argument.\n\n");
  EXPECT_EQ(run({"list", "-q"}).status, 2);
  EXPECT_EQ(run({"help"}).status, 0);
  EXPECT_EQ(run({"list", "-h"}).status, 0);
  EXPECT_TRUE(run({"help", "vcpu-p"}).output.starts_with("Usage: xl [-vtTfN] vcpu-pin [option] <Domain>"));
  EXPECT_EQ(run({"-N", "pause", "1"}).errors, "command does not implement -N (dryrun) option\n");
}

TEST_F(XlCommand, List) {
  Result result = run({"list"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(
      result.output.starts_with("Name                                        ID   Mem VCPUs\tState\tTime(s)\n"));
  EXPECT_NE(result.output.find("\nweb                                          1     0     2     --p---       0.0\n"),
            std::string::npos) << result.output;
  result = run({"list", "-v", "web"});
  EXPECT_NE(result.output.find(" 01234567-89ab-cdef-0123-456789abcdef        -                -\n"), std::string::npos);
  EXPECT_EQ(result.output.find("Domain-0"), std::string::npos);
  EXPECT_EQ(run({"list", "nobody"}).status, 1);
  EXPECT_EQ(run({"list", "a", "b"}).status, 2);
}

TEST_F(XlCommand, ListLong) {
  Result result = run({"list", "-l", "web"});
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.output.find("\"domid\": 1"), std::string::npos);
  EXPECT_NE(result.output.find("\"name\": \"web\""), std::string::npos);
  EXPECT_NE(result.output.find("\"type\": \"pvh\""), std::string::npos);
}

TEST_F(XlCommand, Names) {
  EXPECT_EQ(run({"domid", "web"}).output, "1\n");
  EXPECT_EQ(run({"domname", "1"}).output, "web\n");
  EXPECT_EQ(run({"domid", "nobody"}).status, 1);
  EXPECT_EQ(run({"domname", "9"}).status, 1);
  EXPECT_EQ(run({"rename", "web", "shop"}).status, 0);
  EXPECT_EQ(run({"domname", "1"}).output, "shop\n");
  EXPECT_EQ(run({"rename", "shop", "Domain-0"}).status, 1);
}

TEST_F(XlCommand, PauseAndUnpause) {
  EXPECT_EQ(run({"unpause", "web"}).status, 0);
  EXPECT_FALSE(fake_.find(DomainId(1))->paused);
  EXPECT_EQ(run({"pause", "1"}).status, 0);
  EXPECT_TRUE(fake_.find(DomainId(1))->paused);
  Result result = run({"pause", "nobody"});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.errors, "xl: nobody is an invalid domain identifier: there is no such domain\n");
}

TEST_F(XlCommand, Vcpus) {
  Result result = run({"vcpu-list", "web"});
  EXPECT_TRUE(result.output.starts_with(
      "Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)\n"));
  EXPECT_EQ(run({"vcpu-pin", "web", "0", "1-2"}).status, 0);
  EXPECT_NE(run({"vcpu-list", "web"}).output.find("1-2 / all"), std::string::npos);
  EXPECT_EQ(run({"-N", "vcpu-pin", "web", "all", "all", "1"}).output, "cpumap: all 1\n");
  EXPECT_EQ(run({"vcpu-pin", "web", "0", "9-8"}).status, 1);
  EXPECT_EQ(run({"vcpu-pin", "-f", "web", "all", "1"}).status, 1);
}

TEST_F(XlCommand, Info) {
  Result result = run({"info"});
  EXPECT_NE(result.output.find("nr_cpus                : 4\n"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("virt_caps              : hvm hap gnttab-v1 gnttab-v2\n"), std::string::npos);
  EXPECT_TRUE(result.output.ends_with("xend_config_format     : 4\n"));
  EXPECT_EQ(run({"info", "nr_cpus"}).output, "4\n");
}

TEST_F(XlCommand, HypervisorMessagesAndKeys) {
  EXPECT_EQ(run({"dmesg", "-c"}).output, "(XEN) fake\n");
  EXPECT_EQ(run({"dmesg"}).output, "");
  EXPECT_EQ(run({"debug-keys", "hq"}).status, 0);
  EXPECT_EQ(fake_.debug_keys, "hq");
}

TEST_F(XlCommand, CreateDryRun) {
  Result result = run({"create", "-n", "-q", "/dev/null", "name=x", "type=pvh", "kernel=/k", "memory=16"});
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.output.find("\"max_memkb\": 16384"), std::string::npos);
  result = run({"create", "-n", "/dev/null", "name=x", "type=pvh", "kernel=/k", "memory=none"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.errors.find("command line: memory = \"none\": expected a number of MiB"), std::string::npos);
  EXPECT_EQ(run({"create", "/no/such/file"}).status, 3);
  EXPECT_EQ(run({"create", "-n", "a", "b"}).status, 2);
}

TEST_F(XlCommand, Cpupools) {
  EXPECT_EQ(run({"cpupool-list"}).status, 0);
  EXPECT_EQ(run({"cpupool-cpu-remove", "Pool-0", "3"}).status, 0);
  Result result = run({"cpupool-create", "name=fast", "cpus=['3']"});
  EXPECT_EQ(result.status, 0) << result.errors;
  EXPECT_NE(result.output.find("number of cpus: 1\n"), std::string::npos);
  EXPECT_NE(run({"cpupool-list", "-c"}).output.find("fast               3\n"), std::string::npos);
  EXPECT_EQ(run({"cpupool-create", "name=fast", "cpus=['3']"}).status, 1);
  EXPECT_EQ(run({"cpupool-rename", "fast", "quick"}).status, 0);
  EXPECT_EQ(run({"cpupool-destroy", "quick"}).status, 0);
  EXPECT_EQ(run({"cpupool-destroy", "quick"}).status, 1);
}

}  // namespace
}  // namespace xenolith::tools::xl
