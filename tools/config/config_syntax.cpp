// SPDX-License-Identifier: MIT
#include "tools/config/config_syntax.hpp"

#include <algorithm>
#include <iterator>

#include "tools/base/error.hpp"
#include "tools/config/config_lexer.hpp"

namespace xenolith::tools {
namespace {

constexpr int deepest_list = 16;

class Parser {
 public:
  Parser(std::string_view text, const std::string& file_name, int first_line)
      : lexer_(text, file_name, first_line), token_(lexer_.next()) {}

  std::vector<ConfigSetting> file() {
    std::vector<ConfigSetting> settings;
    while (token_.kind != TokenKind::end) {
      if (token_.kind == TokenKind::separator) {
        advance();
        continue;
      }
      setting(settings);
      if (token_.kind != TokenKind::end && token_.kind != TokenKind::separator)
        lexer_.reject(token_.line, "expected the end of the line, found " + token_.shown());
    }
    return settings;
  }

 private:
  void advance() { token_ = lexer_.next(); }

  void setting(std::vector<ConfigSetting>& settings) {
    if (token_.kind != TokenKind::word) lexer_.reject(token_.line, "expected a key, found " + token_.shown());
    ConfigSetting result;
    result.key = token_.text;
    result.line = token_.line;
    advance();
    bool append = token_.kind == TokenKind::append;
    if (!append && token_.kind != TokenKind::assign)
      lexer_.reject(token_.line, fmt::format("expected = after {}, found {}", result.key, token_.shown()));
    advance();
    result.value = value(result.key, 0);
    if (append) join(settings, result);
    add_setting(settings, std::move(result));
  }

  ConfigValue value(const std::string& key, int depth) {
    ConfigValue result;
    result.line = token_.line;
    if (token_.kind == TokenKind::number || token_.kind == TokenKind::text) {
      result.text = token_.text;
      advance();
    } else if (token_.kind == TokenKind::open) {
      if (depth == deepest_list) lexer_.reject(token_.line, key + ": lists are nested too deeply");
      result.is_list = true;
      advance();
      list(key, depth, result);
    } else {
      const char* hint = token_.kind == TokenKind::word ? " (texts need quotes)" : "";
      lexer_.reject(token_.line, fmt::format("{}: expected a value, found {}{}", key, token_.shown(), hint));
    }
    return result;
  }

  void skip_lines() {
    while (token_.kind == TokenKind::separator) advance();
  }

  void list(const std::string& key, int depth, ConfigValue& result) {
    skip_lines();
    while (token_.kind != TokenKind::close) {
      result.items.push_back(value(key, depth + 1));
      skip_lines();
      if (token_.kind == TokenKind::close) break;
      if (token_.kind != TokenKind::comma)
        lexer_.reject(token_.line, fmt::format("{}: expected , or ] in the list, found {}", key, token_.shown()));
      advance();
      skip_lines();
    }
    advance();
  }

  // Puts what the key holds so far in front of the new value.
  void join(const std::vector<ConfigSetting>& settings, ConfigSetting& added) {
    auto old = std::ranges::find(settings, added.key, &ConfigSetting::key);
    if (old == settings.end()) return;
    if (old->value.is_list != added.value.is_list)
      lexer_.reject(added.line, fmt::format("{} += needs a {}, as in line {}", added.key,
                                            old->value.is_list ? "list" : "text", old->line));
    ConfigValue joined = old->value;
    joined.text += added.value.text;
    std::ranges::move(added.value.items, std::back_inserter(joined.items));
    joined.line = added.value.line;
    added.value = std::move(joined);
  }

  ConfigLexer lexer_;
  Token token_;
};

}  // namespace

void add_setting(std::vector<ConfigSetting>& settings, ConfigSetting setting) {
  auto old = std::ranges::find(settings, setting.key, &ConfigSetting::key);
  if (old == settings.end())
    settings.push_back(std::move(setting));
  else
    *old = std::move(setting);
}

std::vector<ConfigSetting> parse_settings(std::string_view text, const std::string& file_name, int first_line) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return Parser(text, file_name, first_line).file();
}

}  // namespace xenolith::tools
