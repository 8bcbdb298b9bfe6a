// SPDX-License-Identifier: MIT
// QEMU plugin that counts executed instructions between marks, split by address (counters.hpp). Use:
//   qemu-system-ARCH -accel tcg,thread=single -icount shift=0,sleep=off -plugin count.so,out=FILE ...
// FILE gets the intervals "boot" (from the start to the first instruction of dom0's kernel, or to the first mark), "start" (from there to
// the first mark), then "1", "2" ... in the order of their begin marks. Counters are not atomic: one thread must run all CPUs.
#include <cstdio>
#include <cstring>
#include <string>

#include "counters.hpp"
#include "mark.hpp"
#include "qemu_plugin_api.hpp"

int qemu_plugin_version = 1;

namespace {

using namespace xenolith::bench;

class Recorder {
 public:
  explicit Recorder(std::FILE* file) : file_{file} {}

  Counters& counters() { return counters_; }

  void boot_done() {
    if (booted_) return;
    booted_ = true;
    counters_.write_interval(file_, "boot");
    counters_.begin_interval();
  }

  void begin() {
    boot_done();
    if (interval_++ == 0) counters_.write_interval(file_, "start");
    counters_.begin_interval();
  }

  void end() { counters_.write_interval(file_, std::to_string(interval_).c_str()); }

  void finish() { std::fclose(file_); }

 private:
  std::FILE* file_;
  Counters counters_;
  bool booted_ = false;
  unsigned interval_ = 0;
};

Recorder* recorder = nullptr;

void count_instruction(qemu_plugin_insn* instruction) {
  const uint64_t address = qemu_plugin_insn_vaddr(instruction);
  if (range_of(address) == Range::kernel) recorder->boot_done();
  qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, recorder->counters().counter_for(address), 1);
  switch (mark_in(qemu_plugin_insn_data(instruction), qemu_plugin_insn_size(instruction))) {
    case Mark::none: break;
    case Mark::begin:
      qemu_plugin_register_vcpu_insn_exec_cb(
          instruction, [](unsigned, void*) { recorder->begin(); }, QEMU_PLUGIN_CB_NO_REGS, nullptr);
      break;
    case Mark::end:
      qemu_plugin_register_vcpu_insn_exec_cb(
          instruction, [](unsigned, void*) { recorder->end(); }, QEMU_PLUGIN_CB_NO_REGS, nullptr);
      break;
  }
}

void translate(uint64_t, qemu_plugin_tb* block) {
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) count_instruction(qemu_plugin_tb_get_insn(block, i));
}

}  // namespace

int qemu_plugin_install(uint64_t plugin, const qemu_info_t* info, int count, char** arguments) {
  constexpr char key[] = "out=";
  if (!info->system_emulation || count != 1 || std::strncmp(arguments[0], key, sizeof key - 1) != 0) {
    std::fprintf(stderr, "count: use -plugin count.so,out=FILE with a whole machine\n");
    return -1;
  }
  set_target(info->target_name);
  std::FILE* file = std::fopen(arguments[0] + sizeof key - 1, "w");
  if (!file) {
    std::perror(arguments[0]);
    return -1;
  }
  recorder = new Recorder{file};  // for as long as the emulator lives
  qemu_plugin_register_vcpu_tb_trans_cb(plugin, translate);
  qemu_plugin_register_atexit_cb(plugin, [](uint64_t, void*) { recorder->finish(); }, nullptr);
  return 0;
}
