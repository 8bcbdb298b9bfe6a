// SPDX-License-Identifier: MIT
// Says what the hypervisor makes of device trees: check_trees [--quiet] [--out FOLDER] FILE.dtb...
// Prints the description of each machine and what its dom0 gets; writes dom0's tree to FOLDER/NAME.dtb. The exit status is 1 when one
// of them is refused. tests/check_device_trees.py runs it over Debian's trees.
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "core/device_tree/dom0_tree.hpp"

namespace {

using namespace xenolith;

// 8-byte aligned, and exactly as long as needed, so that the address sanitizer sees every byte too many.
struct Bytes {
  explicit Bytes(size_t size) : size{size}, words{std::make_unique<u64[]>((size + 7) / 8)} {}
  u8* data() const { return reinterpret_cast<u8*>(words.get()); }
  std::span<u8> span() const { return {data(), size}; }
  size_t size;
  std::unique_ptr<u64[]> words;
};

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  Bytes bytes{text.size()};
  std::memcpy(bytes.data(), text.data(), text.size());
  return bytes;
}

class Printer final : public Dom0Resources {
 public:
  explicit Printer(bool quiet) : quiet_{quiet} {}
  Result<void> memory(DeviceTreeNode node, DeviceRange range) override {
    ++ranges;
    if (!quiet_) std::printf("  dom0 memory %#llx + %#llx %s\n", number(range.start.raw()), number(range.size), path(node).c_str());
    return {};
  }
  Result<void> interrupt(DeviceTreeNode node, GicInterrupt interrupt) override {
    ++interrupts;
    if (!quiet_) std::printf("  dom0 interrupt %u %s\n", interrupt.id.raw(), path(node).c_str());
    return {};
  }
  static unsigned long long number(u64 value) { return value; }
  static std::string path(DeviceTreeNode node) {
    std::array<char, 256> text;
    return std::string{node.path(text)};
  }

  size_t ranges = 0, interrupts = 0;

 private:
  bool quiet_;
};

void print_description(const HostDescription& host) {
  auto number = Printer::number;
  std::printf("  model %s\n", std::string{host.model}.c_str());
  for (const DeviceRange& range : host.memory) std::printf("  memory %#llx + %#llx\n", number(range.start.raw()), number(range.size));
  for (const DeviceRange& range : host.reserved) std::printf("  reserved %#llx + %#llx\n", number(range.start.raw()), number(range.size));
  for (const HostCpu& cpu : host.cpus) std::printf("  cpu %#llx start %d\n", number(cpu.mpidr), static_cast<int>(cpu.start));
  std::printf("  psci conduit %d version %u.%u\n", static_cast<int>(host.psci.conduit), host.psci.major, host.psci.minor);
  std::printf("  gic version %d distributor %#llx, %zu redistributor regions, %zu frames, %zu ITS, maintenance %u\n",
              static_cast<int>(host.gic.version), number(host.gic.distributor.start.raw()), host.gic.redistributors.size(),
              host.gic.v2m_frames.size(), host.gic.its.size(), host.gic.maintenance ? host.gic.maintenance->id.raw() : 0);
  if (host.timer.virtual_timer) std::printf("  timer %u\n", host.timer.virtual_timer->id.raw());
  if (host.uart)
    std::printf("  uart kind %d at %#llx options %s\n", static_cast<int>(host.uart->kind), number(host.uart->registers.start.raw()),
                std::string{host.uart_options}.c_str());
  for (const HostModule& module : host.modules)
    std::printf("  module kind %d at %#llx + %#llx\n", static_cast<int>(module.kind), number(module.range.start.raw()),
                number(module.range.size));
}

Dom0TreeOptions sample_options(std::span<const DeviceRange> memory) {
  Dom0TreeOptions options;
  options.memory = memory;
  options.vcpus = 2;
  options.bootargs = "console=hvc0";
  options.initrd = {MachineAddress{0x48000000}, 0x1000000};
  options.grant_table = {MachineAddress{0x4f000000}, 0x1000000};
  options.offers_v2m = options.offers_its = true;
  return options;
}

bool is_accepted(const Bytes& bytes) {
  static DeviceTree::Storage storage;
  auto description = std::make_unique<HostDescription>();
  Result<DeviceTree> tree = DeviceTree::open(bytes.span(), storage);
  return tree && describe_host(*tree, *description);
}

bool check(const std::filesystem::path& path, const std::filesystem::path& out, bool quiet) {
  static DeviceTree::Storage storage;
  Bytes bytes = read_file(path);
  Result<DeviceTree> tree = DeviceTree::open(bytes.span(), storage);
  auto description = std::make_unique<HostDescription>();
  if (tree.failed() || describe_host(*tree, *description).failed()) return false;
  if (!quiet) print_description(*description);
  DeviceRange memory[] = {{MachineAddress{0x41200000}, 0x10000000}};
  Dom0TreeOptions options = sample_options(memory);
  Printer printer{quiet};
  if (list_dom0_resources(*tree, *description, options, printer).failed()) return false;
  Bytes made{dom0_tree_bound(*tree, options)};
  Result<size_t> size = make_dom0_tree(*tree, *description, options, made.span());
  if (size.failed() || !is_accepted(made)) return false;
  if (!out.empty()) std::ofstream{out / path.filename(), std::ios::binary}.write(reinterpret_cast<char*>(made.data()), static_cast<std::streamsize>(*size));
  std::printf("%s: %u nodes, dom0 gets %zu ranges, %zu interrupts, a tree of %zu bytes\n", path.c_str(), tree->count(), printer.ranges,
              printer.interrupts, *size);
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  bool quiet = false;
  int status = 0;
  std::filesystem::path out;
  for (int i = 1; i < count; ++i) {
    std::string argument = arguments[i];
    if (argument == "--quiet") quiet = true;
    else if (argument == "--out" && i + 1 < count) out = arguments[++i];
    else if (!check(argument, out, quiet)) std::printf("%s: refused\n", argument.c_str()), status = 1;
  }
  return status;
}
