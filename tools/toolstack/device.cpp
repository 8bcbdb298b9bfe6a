// SPDX-License-Identifier: MIT
#include "tools/toolstack/device.hpp"

#include <array>
#include <charconv>
#include <vector>

namespace xenolith::tools {
namespace {

constexpr std::array<std::pair<DeviceKind, std::string_view>, 9> names{{
    {DeviceKind::vbd, "vbd"},
    {DeviceKind::qdisk, "qdisk"},
    {DeviceKind::vif, "vif"},
    {DeviceKind::console, "console"},
    {DeviceKind::vuart, "vuart"},
    {DeviceKind::vfb, "vfb"},
    {DeviceKind::vkbd, "vkbd"},
    {DeviceKind::p9, "9pfs"},
    {DeviceKind::pvcalls, "pvcalls"},
}};

template <typename T>
std::optional<T> number(std::string_view text) {
  T value{};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  while (!path.empty()) {
    size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  }
  return parts;
}

}  // namespace

std::string_view kind_name(DeviceKind kind) {
  for (const auto& [value, name] : names)
    if (value == kind) return name;
  return "";
}

std::optional<DeviceKind> parse_kind(std::string_view text) {
  for (const auto& [value, name] : names)
    if (name == text) return value;
  return std::nullopt;
}

bool Device::has_process_backend() const {
  return backend_kind == DeviceKind::qdisk || backend_kind == DeviceKind::vfb || backend_kind == DeviceKind::vkbd ||
         (backend_kind == DeviceKind::console && id != 0);
}

std::string domain_path(DomainId domain) { return fmt::format("/local/domain/{}", domain); }

std::string private_path(DomainId domain) { return fmt::format("/libxl/{}", domain); }

std::string frontend_path(const Device& device) {
  if (device.is_primary_console()) return domain_path(device.domain) + "/console";
  if (device.kind == DeviceKind::vuart) return fmt::format("{}/vuart/{}", domain_path(device.domain), device.id);
  return fmt::format("{}/device/{}/{}", domain_path(device.domain), kind_name(device.kind), device.id);
}

std::string backend_path(const Device& device) {
  return fmt::format("{}/backend/{}/{}/{}", domain_path(device.backend_domain), kind_name(device.backend_kind),
                     device.domain, device.id);
}

std::string private_path(const Device& device) {
  return fmt::format("{}/device/{}/{}", private_path(device.domain), kind_name(device.kind), device.id);
}

std::string vif_name(const Device& device) { return fmt::format("vif{}.{}", device.domain, device.id); }

// "", "local", "domain", B, "backend", KIND, N, ID, ...
std::optional<Device> device_of_backend(std::string_view path) {
  auto parts = parts_of(path);
  if (parts.size() < 8 || parts[0] != "" || parts[1] != "local" || parts[2] != "domain" || parts[4] != "backend")
    return std::nullopt;
  auto backend = number<uint16_t>(parts[3]);
  auto kind = parse_kind(parts[5]);
  auto domain = number<uint16_t>(parts[6]);
  auto id = number<int>(parts[7]);
  if (!backend || !kind || !domain || !id || *id < 0) return std::nullopt;
  DeviceKind front = *kind == DeviceKind::qdisk ? DeviceKind::vbd : *kind;
  return Device{DomainId(*domain), DomainId(*backend), *id, front, *kind};
}

}  // namespace xenolith::tools
