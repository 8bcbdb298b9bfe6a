// SPDX-License-Identifier: MIT
#include "tools/builder/aml.hpp"

#include <algorithm>

namespace xenolith::tools::aml {
namespace {

constexpr uint8_t zero_op = 0x00, one_op = 0x01, name_op = 0x08, byte_prefix = 0x0a, word_prefix = 0x0b,
                  dword_prefix = 0x0c, string_prefix = 0x0d, qword_prefix = 0x0e, scope_op = 0x10, buffer_op = 0x11,
                  extended_prefix = 0x5b, device_op = 0x82;

void put_number(Bytes& bytes, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; ++i) bytes.push_back(uint8_t(value >> i * 8));
}

// PkgLength counts itself; section 20.2.4 "Package Length Encoding".
Bytes package(const Bytes& content) {
  Bytes bytes;
  size_t extra = content.size() + 1 <= 63 ? 0 : content.size() + 2 <= 0xfff ? 1 : content.size() + 3 <= 0xfffff ? 2 : 3;
  size_t length = content.size() + 1 + extra;
  if (extra == 0) {
    bytes.push_back(uint8_t(length));
  } else {
    bytes.push_back(uint8_t(extra << 6 | (length & 0xf)));
    put_number(bytes, length >> 4, unsigned(extra));
  }
  append(bytes, content);
  return bytes;
}

}  // namespace

void append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }

Bytes name_path(std::string_view path) { return Bytes(path.begin(), path.end()); }

Bytes integer(uint64_t value) {
  if (value == 0) return {zero_op};
  if (value == 1) return {one_op};
  unsigned size = value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffffffff ? 4 : 8;
  Bytes bytes{size == 1 ? byte_prefix : size == 2 ? word_prefix : size == 4 ? dword_prefix : qword_prefix};
  put_number(bytes, value, size);
  return bytes;
}

Bytes string(std::string_view text) {
  Bytes bytes(text.size() + 2);
  bytes.front() = string_prefix;
  std::copy(text.begin(), text.end(), bytes.begin() + 1);
  return bytes;
}

Bytes buffer(std::span<const uint8_t> content) {
  Bytes inner = integer(content.size());
  inner.insert(inner.end(), content.begin(), content.end());
  Bytes bytes{buffer_op};
  append(bytes, package(inner));
  return bytes;
}

Bytes name(std::string_view path, const Bytes& value) {
  Bytes bytes{name_op};
  append(bytes, name_path(path));
  append(bytes, value);
  return bytes;
}

Bytes scope(std::string_view path, const Bytes& content) {
  Bytes inner = name_path(path);
  append(inner, content);
  Bytes bytes{scope_op};
  append(bytes, package(inner));
  return bytes;
}

Bytes device(std::string_view path, const Bytes& content) {
  Bytes inner = name_path(path);
  append(inner, content);
  Bytes bytes{extended_prefix, device_op};
  append(bytes, package(inner));
  return bytes;
}

}  // namespace xenolith::tools::aml
