// SPDX-License-Identifier: MIT
// What the parsers of boot protocols share. Private to core/boot.
#pragma once

#include <array>

#include "core/base/log.hpp"
#include "core/boot/boot_information.hpp"
#include "core/boot/command_line.hpp"

namespace xenolith {

class BootParser {
 public:
  BootParser(const PhysicalReader& memory, BootInformation& result) : memory_{memory}, result_{result} {}

 protected:
  // Copies a text; one that finds no room is reported and left out.
  BootText keep(std::string_view text) {
    Result<BootText> kept = result_.add_text(text.substr(0, BootInformation::max_text));
    if (kept.failed()) log_warning("boot: no room for a command line of {} characters", text.size());
    return std::move(kept).value_or({});
  }
  BootText keep_at(MachineAddress address) { return keep(read_boot_text(memory_, address, buffer_)); }
  // For command lines, which some loaders begin with the image's path.
  BootText keep_command_line(std::string_view text) {
    return keep(passes_path(result_.text(result_.loader_name)) ? without_first_word(text) : text);
  }
  BootText keep_command_line_at(MachineAddress address) {
    return keep_command_line(read_boot_text(memory_, address, buffer_));
  }

  void add_memory(u64 start, u64 length, u32 type) {
    if (result_.memory.add(start, length, type).failed())
      log_warning("boot: memory map is full, range at {:#x} ({} bytes, type {}) left out", start, length, type);
  }
  void add_module(u64 start, u64 length, BootText command_line) {
    if (result_.add_module(MachineAddress{start}, length, command_line).failed())
      log_warning("boot: module at {:#x} ({} bytes) left out: too many modules, or a wrong address", start, length);
  }

  const PhysicalReader& memory_;
  BootInformation& result_;

 private:
  std::array<char, BootInformation::max_text> buffer_;
};

}  // namespace xenolith
