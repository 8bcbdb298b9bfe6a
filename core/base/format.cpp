// SPDX-License-Identifier: MIT
#include "core/base/format.hpp"

#include <algorithm>
#include <array>

namespace xenolith {
namespace {

struct Specification {
  char fill = ' ';
  char align = 0;  // '<' or '>', 0: by kind
  bool prefix = false;
  bool hexadecimal = false;
  unsigned width = 0;
};

class Output {
 public:
  explicit Output(std::span<char> buffer) : buffer_{buffer} {}
  void put(char c) {
    if (used_ < buffer_.size()) buffer_[used_++] = c;
  }
  void put(std::string_view text) {
    for (char c : text) put(c);
  }
  void fill(char c, size_t count) {
    while (count-- > 0) put(c);
  }
  size_t used() const { return used_; }

 private:
  std::span<char> buffer_;
  size_t used_ = 0;
};

Specification parse(std::string_view text) {
  Specification spec;
  size_t at = 0;
  if (at < text.size() && (text[at] == '<' || text[at] == '>')) spec.align = text[at++];
  if (at < text.size() && text[at] == '#') spec.prefix = true, ++at;
  if (at < text.size() && text[at] == '0') spec.fill = '0', ++at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && spec.width < 256)
    spec.width = spec.width * 10 + static_cast<unsigned>(text[at++] - '0');
  spec.hexadecimal = at < text.size() && text[at] == 'x';
  return spec;
}

void put_padded(Output& out, const Specification& spec, std::string_view sign, std::string_view body, char default_align) {
  size_t length = sign.size() + body.size();
  size_t padding = spec.width > length ? spec.width - length : 0;
  char align = spec.align ? spec.align : default_align;
  if (spec.fill == '0') {
    out.put(sign);
    out.fill('0', padding);
    out.put(body);
    return;
  }
  if (align == '>') out.fill(' ', padding);
  out.put(sign);
  out.put(body);
  if (align == '<') out.fill(' ', padding);
}

void put_number(Output& out, const Specification& spec, u64 value, bool negative) {
  std::array<char, 24> digits;
  size_t at = digits.size();
  unsigned base = spec.hexadecimal ? 16 : 10;
  do {
    digits[--at] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  std::string_view sign = negative ? "-" : (spec.prefix && spec.hexadecimal ? "0x" : "");
  put_padded(out, spec, sign, std::string_view{&digits[at], digits.size() - at}, '>');
}

void put_argument(Output& out, Specification spec, const FormatArgument& argument) {
  using Kind = FormatArgument::Kind;
  switch (argument.kind()) {
    case Kind::none: out.put("{?}"); break;
    case Kind::unsigned_number: put_number(out, spec, argument.number(), false); break;
    case Kind::signed_number: {
      i64 value = static_cast<i64>(argument.number());
      bool negative = value < 0 && !spec.hexadecimal;
      put_number(out, spec, negative ? u64{0} - argument.number() : argument.number(), negative);
      break;
    }
    case Kind::character: out.put(static_cast<char>(argument.number())); break;
    case Kind::boolean: put_padded(out, spec, "", argument.number() ? "true" : "false", '<'); break;
    case Kind::text: put_padded(out, spec, "", argument.text(), '<'); break;
    case Kind::pointer:
      spec.hexadecimal = spec.prefix = true;
      put_number(out, spec, argument.number(), false);
      break;
  }
}

}  // namespace

size_t format_to(std::span<char> buffer, std::string_view format, std::span<const FormatArgument> arguments) {
  Output out{buffer};
  size_t next = 0;
  for (size_t at = 0; at < format.size(); ++at) {
    char c = format[at];
    bool doubled = at + 1 < format.size() && format[at + 1] == c;
    if ((c == '{' || c == '}') && doubled) {
      out.put(c);
      ++at;
    } else if (c == '{') {
      size_t end = format.find('}', at);
      if (end == std::string_view::npos) {
        out.put(format.substr(at));
        break;
      }
      std::string_view inside = format.substr(at + 1, end - at - 1);
      if (inside.starts_with(':')) inside.remove_prefix(1);
      put_argument(out, parse(inside), next < arguments.size() ? arguments[next] : FormatArgument{});
      ++next;
      at = end;
    } else {
      out.put(c);
    }
  }
  return out.used();
}

}  // namespace xenolith
