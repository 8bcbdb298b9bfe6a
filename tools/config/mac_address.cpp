// SPDX-License-Identifier: MIT
#include <sys/random.h>

#include "tools/base/error.hpp"
#include "tools/config/config_value.hpp"
#include "tools/config/device_config.hpp"

namespace xenolith::tools {
namespace {

int hexadecimal(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One or two digits, which the text loses; -1 if there are none.
int group(std::string_view& text) {
  int value = -1;
  for (int digits = 0; digits < 2 && !text.empty() && hexadecimal(text.front()) >= 0; ++digits) {
    value = (value < 0 ? 0 : value * 16) + hexadecimal(text.front());
    text.remove_prefix(1);
  }
  return value;
}

}  // namespace

MacAddress MacAddress::parse(std::string_view text) {
  MacAddress mac;
  std::string_view rest = text;
  bool right = true;
  for (size_t i = 0; i < mac.bytes.size(); ++i) {
    if (i > 0) {
      right = right && rest.starts_with(':');
      if (right) rest.remove_prefix(1);
    }
    int value = right ? group(rest) : -1;
    right = right && value >= 0;
    mac.bytes[i] = static_cast<uint8_t>(value);
  }
  if (!right || !rest.empty()) fail(EINVAL, "mac is {}, expected the form 00:16:3e:01:02:03", quoted(text));
  return mac;
}

MacAddress MacAddress::random() {
  MacAddress mac{{0x00, 0x16, 0x3e, 0, 0, 0}};
  if (getrandom(&mac.bytes[3], 3, 0) != 3) fail_errno("no random numbers");
  mac.bytes[3] &= 0x7f;
  return mac;
}

std::string MacAddress::text() const { return fmt::format("{:02x}", fmt::join(bytes, ":")); }

}  // namespace xenolith::tools
