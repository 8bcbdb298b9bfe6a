// SPDX-License-Identifier: MIT
#include "tools/config/config_lexer.hpp"

#include "tools/base/error.hpp"
#include "tools/config/config_value.hpp"

namespace xenolith::tools {
namespace {

// Locale-free, and defined for every char.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_number(char c) { return is_digit(c) || is_letter(c); }
bool in_word(char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '.'; }

int digit_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 16;
}

}  // namespace

std::string Token::shown() const {
  switch (kind) {
    case TokenKind::end: return "the end of the file";
    case TokenKind::separator: return "the end of the line";
    case TokenKind::assign: return "=";
    case TokenKind::append: return "+=";
    case TokenKind::open: return "[";
    case TokenKind::close: return "]";
    case TokenKind::comma: return ",";
    default: return quoted(text);
  }
}

void ConfigLexer::reject(int line, const std::string& message) const {
  fail(EINVAL, "{}:{}: {}", file_, line, message);
}

void ConfigLexer::skip_blanks() {
  while (!rest_.empty()) {
    char c = rest_.front();
    bool continued = rest_.starts_with("\\\n");
    if (c == '#') {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
    } else if (c == ' ' || c == '\t' || c == '\r') {
      rest_.remove_prefix(1);
    } else if (continued) {
      rest_.remove_prefix(2);
      ++line_;
    } else {
      return;
    }
  }
}

Token ConfigLexer::next() {
  skip_blanks();
  if (rest_.empty()) return {TokenKind::end, "", line_};
  char c = rest_.front();
  if (c == '"' || c == '\'') return quoted_text();
  if (is_digit(c)) return run(TokenKind::number, in_number);
  if (c == '-' && rest_.size() > 1 && is_digit(rest_[1])) return run(TokenKind::number, in_word);
  if (is_letter(c)) return run(TokenKind::word, in_word);
  return symbol();
}

Token ConfigLexer::run(TokenKind kind, bool (*belongs)(char)) {
  size_t length = 1;
  while (length < rest_.size() && belongs(rest_[length])) ++length;
  Token token{kind, std::string(rest_.substr(0, length)), line_};
  rest_.remove_prefix(length);
  return token;
}

Token ConfigLexer::symbol() {
  char c = rest_.front();
  Token token{TokenKind::end, "", line_};
  switch (c) {
    case '\n': token.kind = TokenKind::separator, ++line_; break;
    case ';': token.kind = TokenKind::separator; break;
    case '=': token.kind = TokenKind::assign; break;
    case '[': token.kind = TokenKind::open; break;
    case ']': token.kind = TokenKind::close; break;
    case ',': token.kind = TokenKind::comma; break;
    case '+':
      if (rest_.starts_with("+=")) {
        rest_.remove_prefix(2);
        return {TokenKind::append, "", line_};
      }
      [[fallthrough]];
    default: reject(line_, "unexpected character " + quoted(rest_.substr(0, 1)));
  }
  rest_.remove_prefix(1);
  return token;
}

Token ConfigLexer::quoted_text() {
  Token token{TokenKind::text, "", line_};
  char quote = rest_.front();
  rest_.remove_prefix(1);
  while (true) {
    if (rest_.empty() || rest_.front() == '\n') reject(token.line, fmt::format("the text has no closing {}", quote));
    char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == quote) return token;
    if (c == '\0') reject(token.line, "the text has a character 0");
    if (c == '\\')
      escape(token.text);
    else
      token.text += c;
  }
}

void ConfigLexer::escape(std::string& text) {
  if (rest_.empty()) reject(line_, "the text ends after a backslash");
  char c = rest_.front();
  rest_.remove_prefix(1);
  constexpr std::string_view letters = "abfnrtv\\'\"";
  constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\'\"";
  unsigned value;
  if (size_t at = letters.find(c); at != letters.npos) {
    text += meanings[at];
    return;
  } else if (c == 'x') {
    value = digits(16, 2);
  } else if (is_digit(c)) {
    rest_ = std::string_view(rest_.data() - 1, rest_.size() + 1);
    value = digits(8, 3);
  } else {
    reject(line_, "unknown escape " + quoted(std::string{'\\', c}) + "; a backslash itself is written \\\\");
  }
  if (value == 0 || value > 255) reject(line_, "the escape is not a character from 1 to 255");
  text += static_cast<char>(value);
}

unsigned ConfigLexer::digits(unsigned base, unsigned most) {
  unsigned value = 0, count = 0;
  while (count < most && !rest_.empty() && digit_value(rest_.front()) < static_cast<int>(base)) {
    value = value * base + static_cast<unsigned>(digit_value(rest_.front()));
    rest_.remove_prefix(1);
    ++count;
  }
  return value;
}

}  // namespace xenolith::tools
