// SPDX-License-Identifier: MIT
// The part of QEMU's plugin interface, version 1 (QEMU 4.2 to 8.x), that counting needs. Debian's QEMU exports these functions and
// ships no header for them. Names and types are those of QEMU's documentation, "QEMU TCG Plugins".
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" {

struct qemu_plugin_tb;    // a block while it is translated
struct qemu_plugin_insn;  // an instruction of it

struct qemu_info_t {
  const char* target_name;
  struct {
    int min, cur;
  } version;
  bool system_emulation;
  struct {
    int smp_vcpus, max_vcpus;
  } system;
};

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };

using qemu_plugin_translation_function = void (*)(uint64_t plugin, qemu_plugin_tb* block);
using qemu_plugin_instruction_function = void (*)(unsigned cpu, void* argument);
using qemu_plugin_exit_function = void (*)(uint64_t plugin, void* argument);

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, qemu_plugin_translation_function function);
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb* block, qemu_plugin_instruction_function function,
                                          qemu_plugin_cb_flags flags, void* argument);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn* instruction, qemu_plugin_instruction_function function,
                                            qemu_plugin_cb_flags flags, void* argument);
void qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_insn* instruction, qemu_plugin_op op, void* counter, uint64_t amount);
void qemu_plugin_register_atexit_cb(uint64_t plugin, qemu_plugin_exit_function function, void* argument);

size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* block);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* block, size_t index);
const void* qemu_plugin_insn_data(const qemu_plugin_insn* instruction);
size_t qemu_plugin_insn_size(const qemu_plugin_insn* instruction);
uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn* instruction);

// What a plugin defines.
[[gnu::visibility("default")]] extern int qemu_plugin_version;
[[gnu::visibility("default")]] int qemu_plugin_install(uint64_t plugin, const qemu_info_t* info, int count, char** arguments);
}
