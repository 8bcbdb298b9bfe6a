// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace xenolith::tools {

enum class TokenKind : uint8_t { word, number, text, assign, append, open, close, comma, separator, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  // of a word, number or text (without quotes, escapes resolved)
  int line = 0;

  std::string shown() const;  // for messages
};

// Splits an xl.cfg into tokens. Errors are Error(EINVAL), "FILE:LINE: ...".
class ConfigLexer {
 public:
  ConfigLexer(std::string_view text, const std::string& file_name, int first_line)
      : rest_(text), file_(file_name), line_(first_line) {}

  Token next();
  // Throws Error(EINVAL) with the file and this line in front.
  [[noreturn]] void reject(int line, const std::string& message) const;

 private:
  void skip_blanks();
  Token quoted_text();
  void escape(std::string& text);
  unsigned digits(unsigned base, unsigned most);
  Token run(TokenKind kind, bool (*belongs)(char));
  Token symbol();

  std::string_view rest_;
  const std::string& file_;
  int line_;
};

}  // namespace xenolith::tools
