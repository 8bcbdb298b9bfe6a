// SPDX-License-Identifier: MIT
// QEMU plugin that finds how long the hypervisor keeps waiting work waiting: the longest stretch of its own instructions from the
// execution of one of some addresses (work for this CPU is raised) to that of one of others (that work is begun). Use:
//   qemu-system-x86_64 -smp 1 -accel tcg,thread=single -plugin longest.so,from=HEX,...,to=HEX,...,out=FILE ...
// FILE gets "longest N stretches M" and, for the longest, "at ADDRESS N" for each translated block that was executed in it. A block that
// an exception leaves counts whole. Counters are not atomic: one thread must run all CPUs.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "counters.hpp"
#include "qemu_plugin_api.hpp"

int qemu_plugin_version = 1;

namespace {

using namespace xenolith::bench;

struct Block {
  uint64_t address, instructions;
  uint64_t stretch = 0, executed = 0;  // executed: instructions, in the stretch of that number
};

class Stretches {
 public:
  void begin() {
    if (running_ || !started_) return;  // work was waiting already; or nobody looks for any yet
    running_ = true;
    length_ = 0;
    ++number_;
  }

  void execute(Block& block) {
    if (!running_) return;
    if (std::exchange(block.stretch, number_) != number_) block.executed = 0;
    block.executed += block.instructions;
    length_ += block.instructions;
  }

  void end() {
    started_ = true;
    if (!std::exchange(running_, false) || length_ <= longest_) return;
    longest_ = length_;
    executed_.clear();
    for (const Block& block : blocks_)
      if (block.stretch == number_) executed_.push_back(block);
  }

  Block& add(uint64_t address, uint64_t instructions) { return blocks_.emplace_back(Block{address, instructions}); }

  void write(std::FILE* file) const {
    std::fprintf(file, "longest %" PRIu64 " stretches %" PRIu64 "\n", longest_, number_);
    for (const Block& block : executed_) std::fprintf(file, "at %" PRIx64 " %" PRIu64 "\n", block.address, block.executed);
  }

 private:
  std::deque<Block> blocks_;  // their addresses stay
  std::vector<Block> executed_;
  uint64_t number_ = 0, length_ = 0, longest_ = 0;
  bool running_ = false, started_ = false;
};

struct Options {
  std::set<uint64_t> from, to;
  const char* out = nullptr;
};

Options options;
Stretches stretches;

void watch(qemu_plugin_insn* instruction, uint64_t address) {
  if (options.from.contains(address))
    qemu_plugin_register_vcpu_insn_exec_cb(
        instruction, [](unsigned, void*) { stretches.begin(); }, QEMU_PLUGIN_CB_NO_REGS, nullptr);
  if (options.to.contains(address))
    qemu_plugin_register_vcpu_insn_exec_cb(
        instruction, [](unsigned, void*) { stretches.end(); }, QEMU_PLUGIN_CB_NO_REGS, nullptr);
}

void translate(uint64_t, qemu_plugin_tb* translated) {
  const size_t count = qemu_plugin_tb_n_insns(translated);
  const uint64_t first = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(translated, 0));
  if (range_of(first) != Range::hypervisor) return;
  qemu_plugin_register_vcpu_tb_exec_cb(
      translated, [](unsigned, void* block) { stretches.execute(*static_cast<Block*>(block)); }, QEMU_PLUGIN_CB_NO_REGS,
      &stretches.add(first, count));
  for (size_t i = 0; i < count; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(translated, i);
    watch(instruction, qemu_plugin_insn_vaddr(instruction));
  }
}

// The value of an argument KEY=VALUE, nullptr if it is another one.
const char* value_of(const char* argument, const char* key) {
  const size_t length = std::strlen(key);
  return std::strncmp(argument, key, length) == 0 && argument[length] == '=' ? argument + length + 1 : nullptr;
}

void take(const char* argument) {
  if (const char* value = value_of(argument, "from")) options.from.insert(std::strtoull(value, nullptr, 16));
  if (const char* value = value_of(argument, "to")) options.to.insert(std::strtoull(value, nullptr, 16));
  if (const char* value = value_of(argument, "out")) options.out = value;
}

void finish(uint64_t, void* file) {
  stretches.write(static_cast<std::FILE*>(file));
  std::fclose(static_cast<std::FILE*>(file));
}

}  // namespace

int qemu_plugin_install(uint64_t plugin, const qemu_info_t* info, int count, char** arguments) {
  for (int i = 0; i < count; ++i) take(arguments[i]);
  if (!info->system_emulation || options.from.empty() || options.to.empty() || !options.out) {
    std::fprintf(stderr, "longest: use -plugin longest.so,from=HEX,to=HEX,out=FILE with a whole machine\n");
    return -1;
  }
  set_target(info->target_name);
  std::FILE* file = std::fopen(options.out, "w");
  if (!file) {
    std::perror(options.out);
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(plugin, translate);
  qemu_plugin_register_atexit_cb(plugin, finish, file);
  return 0;
}
