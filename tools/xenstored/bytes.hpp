// SPDX-License-Identifier: MIT
// Numbers and strings in a row of bytes, for the state that outlives the daemon.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

class ByteWriter {
 public:
  void number(uint64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void string(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// All throw Error(EBADMSG) at the end of the bytes.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t number() {
    uint64_t value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string string() { return std::string(take(number())); }
  // A number of things that follow, each of at least one byte.
  uint64_t count() {
    uint64_t value = number();
    if (value > bytes_.size()) fail(EBADMSG, "the saved state is damaged");
    return value;
  }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(uint64_t size) {
    if (size > bytes_.size()) fail(EBADMSG, "the saved state ends too early");
    std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }

  std::string_view bytes_;
};

}  // namespace xenolith::tools::xenstored
