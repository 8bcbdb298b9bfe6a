// SPDX-License-Identifier: MIT
#include "core/boot/command_line.hpp"

#include <algorithm>
#include <array>

#include "core/base/log.hpp"
#include "core/boot/options.hpp"

namespace xenolith {
namespace {

constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view without_leading_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

struct NamedWord {
  std::string_view name;
  Option::Word word;
};

NamedWord split_word(std::string_view text) {
  size_t equals = text.find('=');
  if (equals == std::string_view::npos) return {text, {{}, false, false}};
  return {text.substr(0, equals), {text.substr(equals + 1), true, false}};
}

// The option meant; recognises "no-NAME" where no option has that whole name.
Option* option_for(NamedWord& named) {
  if (Option* exact = find_option(named.name)) return exact;
  if (!named.name.starts_with("no-")) return nullptr;
  named.word.negated = true;
  return find_option(named.name.substr(3));
}

// What a message shows of a word, which may be of any length.
std::string_view shown(std::string_view text) { return text.substr(0, 64); }

bool apply(std::string_view text) {
  NamedWord named = split_word(text);
  Option* option = option_for(named);
  if (!option) {
    log_warning("command line: unknown option '{}'", shown(named.name));
    return false;
  }
  Result<void> result = option->set(named.word);
  if (result.failed())
    log_warning("command line: '{}' is {} for option '{}', ignored", shown(text),
                result.error() == XEN_ERANGE ? "out of range" : "not valid", option->name());
  return !result.failed();
}

}  // namespace

CommandLineParts split_command_line(std::string_view line) {
  bool quoted = false;
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '"') quoted = !quoted;
    bool word_starts = !quoted && (at == 0 || is_space(line[at - 1]));
    bool is_dashes = word_starts && line.substr(at).starts_with("--");
    if (is_dashes && (at + 2 == line.size() || is_space(line[at + 2])))
      return {line.substr(0, at), without_leading_space(line.substr(at + 2))};
  }
  return {line, {}};
}

bool CommandLineWords::next(std::span<char> to, std::string_view& word) {
  rest_ = without_leading_space(rest_);
  if (rest_.empty()) return false;
  size_t used = 0, at = 0;
  bool quoted = false;
  is_cut_ = false;
  for (; at < rest_.size() && (quoted || !is_space(rest_[at])); ++at) {
    if (rest_[at] == '"') quoted = !quoted;
    else if (used < to.size()) to[used++] = rest_[at];
    else is_cut_ = true;
  }
  rest_.remove_prefix(at);
  word = {to.data(), used};
  return true;
}

std::string_view without_first_word(std::string_view line) {
  line = without_leading_space(line);
  return without_leading_space(line.substr(static_cast<size_t>(std::ranges::find_if(line, is_space) - line.begin())));
}

size_t parse_command_line(std::string_view line) {
  std::array<char, 512> buffer;
  std::string_view word;
  size_t rejected = 0;
  CommandLineWords words{split_command_line(line).hypervisor};
  while (words.next(buffer, word)) {
    if (words.is_cut()) {
      log_warning("command line: option '{}' is too long, ignored", shown(split_word(word).name));
      ++rejected;
    } else if (!word.empty() && !apply(word)) {
      ++rejected;
    }
  }
  return rejected;
}

}  // namespace xenolith
