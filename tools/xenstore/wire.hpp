// SPDX-License-Identifier: MIT
// The xenstore wire format (xen/io/xs_wire.h): a header, then at most 4096 bytes of strings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xenolith::tools {

// Values of xsd_sockmsg.type; wire.cpp checks them against the header.
enum class MessageType : uint32_t {
  control = 0,
  directory = 1,
  read = 2,
  get_perms = 3,
  watch = 4,
  unwatch = 5,
  transaction_start = 6,
  transaction_end = 7,
  introduce = 8,
  release = 9,
  get_domain_path = 10,
  write = 11,
  mkdir = 12,
  rm = 13,
  set_perms = 14,
  watch_event = 15,
  error = 16,
  is_domain_introduced = 17,
  resume = 18,
  set_target = 19,
  reset_watches = 21,
  directory_part = 22,
};

struct Message {
  MessageType type{};
  uint32_t request = 0;      // chosen by the client, echoed
  uint32_t transaction = 0;  // 0: none
  std::string body;

  bool operator==(const Message&) const = default;
};

constexpr size_t message_header_size = 16;
constexpr size_t message_body_max = 4096;

// Header and body. The body must not be longer than message_body_max.
std::string encode(const Message& message);

// Takes a stream apart into messages.
class MessageReader {
 public:
  // How many more bytes may be added before next() must be called: up to the end of the current message.
  size_t wanted() const;
  // At most wanted() bytes. Throws Error(EPROTO) if the header announces too long a body.
  void add(std::string_view bytes);
  // The current message if it is complete.
  std::optional<Message> next();
  // What has come of an incomplete message.
  const std::string& partial() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  size_t total() const;  // of the current message; the header's size as long as it is not known
  std::string bytes_;
};

// The strings of a body that each end with '\0'. Throws Error(EINVAL) if the last one does not.
std::vector<std::string_view> split_strings(std::string_view body);
// Each string with '\0' behind it.
std::string join_strings(std::initializer_list<std::string_view> strings);

// "ENOENT" for ENOENT; "EINVAL" for an errno value that the protocol has no name for.
const char* error_name(int code);
// The errno value; EIO for an unknown name.
int error_code(std::string_view name);

}  // namespace xenolith::tools
