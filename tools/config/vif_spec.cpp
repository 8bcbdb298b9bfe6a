// SPDX-License-Identifier: MIT
// Network interface specifications: xl-network-configuration(5).
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/config/config_value.hpp"
#include "tools/config/device_spec.hpp"
#include "tools/config/spec_fields.hpp"

namespace xenolith::tools {
namespace {

constexpr uint32_t default_interval_us = 50'000;

// The number that `text` begins with, which it loses.
uint64_t leading_number(std::string_view& text) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) fail(EINVAL, "rate: expected a number at {}", quoted(text));
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return value;
}

uint64_t times(uint64_t a, uint64_t b) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product)) fail(EINVAL, "rate: the number is too large");
  return product;
}

uint64_t bytes_per_second(std::string_view text) {
  std::string_view whole = text;
  uint64_t value = leading_number(text);
  if (text.starts_with('K')) value = times(value, 1000);
  if (text.starts_with('M')) value = times(value, 1'000'000);
  if (text.starts_with('G')) value = times(value, 1'000'000'000);
  if (text.starts_with('K') || text.starts_with('M') || text.starts_with('G')) text.remove_prefix(1);
  if (text != "B/s" && text != "b/s")
    fail(EINVAL, "rate is {}, expected the form 10Mb/s, 250KB/s or 1MB/s@20ms", quoted(whole));
  return text == "b/s" ? value / 8 : value;
}

uint32_t interval_us(std::string_view text) {
  uint64_t value = leading_number(text);
  if (text == "s") value = times(value, 1'000'000);
  else if (text == "ms") value = times(value, 1000);
  else if (text != "us" && !text.empty())
    fail(EINVAL, "rate: the interval's unit is {}, expected s, ms or us", quoted(text));
  if (value == 0 || value > UINT32_MAX) fail(EINVAL, "rate: the interval must be from 1 us to {} us", UINT32_MAX);
  return static_cast<uint32_t>(value);
}

VifRate parse_rate(std::string_view text) {
  size_t at = text.find('@');
  VifRate rate{.interval_us = at == text.npos ? default_interval_us : interval_us(text.substr(at + 1))};
  rate.bytes_per_interval = times(bytes_per_second(text.substr(0, at)), rate.interval_us) / 1'000'000;
  // Linux's netback reads the credit as 32 bits.
  if (rate.bytes_per_interval == 0) fail(EINVAL, "rate is {}: that is less than a byte in each interval", quoted(text));
  if (rate.bytes_per_interval > UINT32_MAX) fail(EINVAL, "rate is {}: the interval is too long for it", quoted(text));
  return rate;
}

VifType parse_type(std::string_view text) {
  if (text == "vif") return VifType::vif;
  if (text == "ioemu") return VifType::ioemu;
  fail(EINVAL, "type is {}, expected vif or ioemu", quoted(text));
}

// Names of interfaces: IFNAMSIZ is 16 with the final 0.
std::string interface_name(std::string_view what, std::string_view text) {
  if (text.empty() || text.size() > 15 || text == "." || text == ".." || text.find_first_of("/ \t\n") != text.npos)
    fail(EINVAL, "{} is {}, expected the name of an interface (1 to 15 characters)", what, quoted(text));
  return std::string(text);
}

void set(VifConfig& vif, std::string_view key, std::string_view value) {
  if (key == "mac") vif.mac = MacAddress::parse(value);
  else if (key == "bridge") vif.bridge = interface_name(key, value);
  else if (key == "gatewaydev" || key == "netdev") vif.gateway_device = interface_name(key, value);
  else if (key == "ip") vif.ip = value;
  else if (key == "script") vif.script = value;
  else if (key == "backend") vif.backend.name = value;
  else if (key == "vifname") vif.interface_name = interface_name(key, value);
  else if (key == "model") vif.model = value;
  else if (key == "type") vif.type = parse_type(value);
  else if (key == "rate") vif.rate = parse_rate(value);
  else if (key == "mtu") vif.mtu = static_cast<int>(parse_count(key, value, 65535));
  else if (key == "devid") vif.devid = static_cast<int>(parse_count(key, value, 65535));
  else if (key == "accel") return;  // netchannel2's; xl has never known it
  else fail(EINVAL, "unknown parameter {}", quoted(key));
}

}  // namespace

VifConfig parse_vif(std::string_view spec) {
  VifConfig vif;
  each_field(spec, [&](std::string_view key, std::string_view value, bool has_value) {
    if (has_value) set(vif, key, value);
    else if (key == "trusted") vif.trusted = true;
    else if (key == "untrusted") vif.trusted = false;
    else fail(EINVAL, "unknown parameter {}", quoted(key));
  });
  return vif;
}

}  // namespace xenolith::tools
