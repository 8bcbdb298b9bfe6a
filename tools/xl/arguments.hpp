// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace xenolith::tools::xl {

struct Option {
  char letter;
  std::string_view name;  // long form, without --; may be empty
  bool has_value = false;
};

// A wrong command line: what to print, beside the command's help if `help`.
struct UsageError {
  std::string message;
  bool help = false;
};

// The options and words after a subcommand's name. Options may stand anywhere, "--" ends them, letters may be joined
// (-pc), long names may be cut as long as they are clear; as getopt_long() has it.
class Arguments {
 public:
  Arguments() = default;
  // Throws UsageError. -h and --help are options of every command.
  Arguments(std::span<const std::string> arguments, std::span<const Option> options);

  bool has(char letter) const;
  int count(char letter) const;
  std::optional<std::string> value(char letter) const;  // of the last one
  // In the order of the command line.
  const std::vector<std::pair<char, std::string>>& options() const { return options_; }

  const std::vector<std::string>& words() const { return words_; }
  size_t size() const { return words_.size(); }
  const std::string& operator[](size_t index) const { return words_.at(index); }

 private:
  void take_long(std::string_view text, std::span<const std::string> rest, size_t& next, std::span<const Option> known);
  void take_letters(std::string_view text, std::span<const std::string> rest, size_t& next,
                    std::span<const Option> known);

  std::vector<std::pair<char, std::string>> options_;
  std::vector<std::string> words_;
};

// A number of a command line, at most `most`; throws UsageError that names `what`.
uint32_t parse_argument(std::string_view what, const std::string& text, uint32_t most);

}  // namespace xenolith::tools::xl
