// SPDX-License-Identifier: MIT
#include "tools/base/uuid.hpp"

#include <sys/random.h>

#include <cctype>

#include "tools/base/error.hpp"

namespace xenolith::tools {

Uuid Uuid::random() {
  Uuid uuid;
  if (::getrandom(uuid.bytes.data(), uuid.bytes.size(), 0) != ssize_t(uuid.bytes.size()))
    fail_errno("making a UUID");
  uuid.bytes[6] = uint8_t((uuid.bytes[6] & 0x0f) | 0x40);  // version 4
  uuid.bytes[8] = uint8_t((uuid.bytes[8] & 0x3f) | 0x80);  // variant of RFC 4122
  return uuid;
}

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Uuid Uuid::parse(std::string_view text) {
  Uuid uuid;
  size_t digits = 0;
  for (char c : text) {
    if (c == '-') continue;
    int digit = hex_digit(c);
    if (digit < 0 || digits == 32) fail(EINVAL, "\"{}\" is not a UUID: expected 32 hexadecimal digits", text);
    uint8_t& byte = uuid.bytes[digits / 2];
    byte = uint8_t(byte << 4 | digit);
    ++digits;
  }
  if (digits != 32) fail(EINVAL, "\"{}\" is not a UUID: expected 32 hexadecimal digits", text);
  return uuid;
}

std::string Uuid::text() const {
  std::string result;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) result += '-';
    result += fmt::format("{:02x}", bytes[i]);
  }
  return result;
}

}  // namespace xenolith::tools
