// SPDX-License-Identifier: MIT
// The hypervisor's command line: split into words, given to the registered options.
#pragma once

#include <span>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {

// A command line in two parts: the hypervisor's, and what follows a lone "--", meant for dom0's kernel.
struct CommandLineParts {
  std::string_view hypervisor;
  std::string_view dom0;
};
CommandLineParts split_command_line(std::string_view line);

// Words of a command line: separated by white space; double quotes keep white space and are removed.
class CommandLineWords {
 public:
  explicit CommandLineWords(std::string_view line) : rest_{line} {}
  // The next word, written into `to`. False at the end. A word longer than `to` is cut and is_cut() is set for it.
  bool next(std::span<char> to, std::string_view& word);
  bool is_cut() const { return is_cut_; }

 private:
  std::string_view rest_;
  bool is_cut_ = false;
};

// Removes the first word (the image's path) and the white space behind it.
std::string_view without_first_word(std::string_view line);

// Sets the registered options from the hypervisor's part of `line`; the last setting of an option wins. Words that name
// no option or do not parse are reported by name as warnings and otherwise ignored; returns how many there were.
size_t parse_command_line(std::string_view line);

}  // namespace xenolith
