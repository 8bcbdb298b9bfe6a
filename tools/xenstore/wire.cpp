// SPDX-License-Identifier: MIT
#include "tools/xenstore/wire.hpp"

#include <cerrno>
#include <cstring>

extern "C" {
#include <xen/io/xs_wire.h>
}

#include "tools/base/error.hpp"

namespace xenolith::tools {

static_assert(message_header_size == sizeof(xsd_sockmsg) && message_body_max == XENSTORE_PAYLOAD_MAX);
static_assert(static_cast<uint32_t>(MessageType::control) == XS_CONTROL);
static_assert(static_cast<uint32_t>(MessageType::transaction_end) == XS_TRANSACTION_END);
static_assert(static_cast<uint32_t>(MessageType::set_perms) == XS_SET_PERMS);
static_assert(static_cast<uint32_t>(MessageType::set_target) == XS_SET_TARGET);
static_assert(static_cast<uint32_t>(MessageType::reset_watches) == XS_RESET_WATCHES);
static_assert(static_cast<uint32_t>(MessageType::directory_part) == XS_DIRECTORY_PART);
static_assert(static_cast<uint32_t>(MessageType::directory_part) + 1 == XS_TYPE_COUNT);

namespace {
xsd_sockmsg header_of(const std::string& bytes) {
  xsd_sockmsg header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}
}  // namespace

std::string encode(const Message& message) {
  xsd_sockmsg header{static_cast<uint32_t>(message.type), message.request, message.transaction,
                     static_cast<uint32_t>(message.body.size())};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  return bytes += message.body;
}

size_t MessageReader::total() const {
  if (bytes_.size() < message_header_size) return message_header_size;
  return message_header_size + header_of(bytes_).len;
}

size_t MessageReader::wanted() const { return total() - bytes_.size(); }

void MessageReader::add(std::string_view bytes) {
  bytes_ += bytes;
  if (bytes_.size() >= message_header_size && header_of(bytes_).len > message_body_max)
    fail(EPROTO, "a xenstore message announces {} bytes, more than {}", header_of(bytes_).len, message_body_max);
}

std::optional<Message> MessageReader::next() {
  if (bytes_.size() < message_header_size || bytes_.size() < total()) return std::nullopt;
  xsd_sockmsg header = header_of(bytes_);
  Message message{static_cast<MessageType>(header.type), header.req_id, header.tx_id, bytes_.substr(message_header_size)};
  bytes_.clear();
  return message;
}

std::vector<std::string_view> split_strings(std::string_view body) {
  std::vector<std::string_view> strings;
  while (!body.empty()) {
    size_t end = body.find('\0');
    if (end == body.npos) fail(EINVAL, "a string in a xenstore message has no end");
    strings.push_back(body.substr(0, end));
    body.remove_prefix(end + 1);
  }
  return strings;
}

std::string join_strings(std::initializer_list<std::string_view> strings) {
  std::string body;
  for (std::string_view string : strings) (body += string) += '\0';
  return body;
}

const char* error_name(int code) {
  for (const struct xsd_errors& error : xsd_errors)
    if (error.errnum == code) return error.errstring;
  return "EINVAL";
}

int error_code(std::string_view name) {
  for (const struct xsd_errors& error : xsd_errors)
    if (error.errstring == name) return error.errnum;
  return EIO;
}

}  // namespace xenolith::tools
