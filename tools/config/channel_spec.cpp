// SPDX-License-Identifier: MIT
#include "tools/base/error.hpp"
#include "tools/config/config_value.hpp"
#include "tools/config/device_spec.hpp"
#include "tools/config/spec_fields.hpp"

namespace xenolith::tools {

ChannelConfig parse_channel(std::string_view spec) {
  ChannelConfig channel;
  each_field(spec, [&](std::string_view key, std::string_view value, bool has_value) {
    if (!has_value) fail(EINVAL, "expected KEY=VALUE, found {}", quoted(key));
    if (key == "name") channel.name = value;
    else if (key == "path") channel.path = value;
    else if (key == "backend") channel.backend.name = value;
    else if (key == "connection" && value == "pty") channel.connection = ChannelConnection::pty;
    else if (key == "connection" && value == "socket") channel.connection = ChannelConnection::socket;
    else if (key == "connection") fail(EINVAL, "connection is {}, expected pty or socket", quoted(value));
    else fail(EINVAL, "unknown parameter {}", quoted(key));
  });
  if (channel.name.empty()) fail(EINVAL, "the channel has no name");
  if (channel.connection == ChannelConnection::unknown) fail(EINVAL, "the channel has no connection (pty or socket)");
  if (channel.connection == ChannelConnection::socket && channel.path.empty())
    fail(EINVAL, "the channel is a socket and has no path");
  return channel;
}

}  // namespace xenolith::tools
