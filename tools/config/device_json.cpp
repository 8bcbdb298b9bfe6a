// SPDX-License-Identifier: MIT
#include "tools/config/device_json.hpp"

#include <array>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

using Json = JsonFields::Json;

constexpr std::array<std::string_view, 7> formats = {"unknown", "qcow", "qcow2", "vhd", "raw", "empty", "qed"};
constexpr std::array<std::string_view, 5> backends = {"unknown", "phy", "tap", "qdisk", "standalone"};
constexpr std::array<std::string_view, 3> specifications = {"unknown", "xen", "virtio"};
constexpr std::array<std::string_view, 3> vif_types = {"unknown", "vif_ioemu", "vif"};

void put_text(Json& object, const char* key, const std::string& value) {
  if (!value.empty()) object[key] = value;
}

void put_flag(Json& object, const char* key, std::optional<bool> value) {
  if (value) object[key] = *value ? "True" : "False";
}

void put_backend(Json& object, const BackendDomain& backend) {
  if (backend.id.value() != 0) object["backend_domid"] = backend.id.value();
  put_text(object, "backend_domname", backend.name);
}

BackendDomain get_backend(JsonFields& fields) {
  return {fields.text("backend_domname").value_or(""),
          DomainId(static_cast<uint16_t>(fields.integer("backend_domid", 0, 0x7fff).value_or(0)))};
}

std::optional<int> get_int(JsonFields& fields, const char* key) {
  std::optional<int64_t> value = fields.integer(key, INT32_MIN, INT32_MAX);
  if (!value || *value < 0) return std::nullopt;
  return static_cast<int>(*value);
}

std::string get_text(JsonFields& fields, const char* key) { return fields.text(key).value_or(""); }

void put_rate(Json& json, const std::optional<VifRate>& rate) {
  if (!rate) return;
  json["rate_bytes_per_interval"] = rate->bytes_per_interval;
  json["rate_interval_usecs"] = rate->interval_us;
}

std::optional<VifRate> get_rate(JsonFields& fields) {
  VifRate rate{static_cast<uint64_t>(fields.integer("rate_bytes_per_interval", 0, INT64_MAX).value_or(0)),
               static_cast<uint32_t>(fields.integer("rate_interval_usecs", 0, UINT32_MAX).value_or(0))};
  return rate.bytes_per_interval ? std::optional(rate) : std::nullopt;
}

}  // namespace

Json disk_to_json(const DiskConfig& disk) {
  Json json = Json::object();
  put_backend(json, disk.backend);
  put_text(json, "pdev_path", disk.target);
  put_text(json, "vdev", disk.vdev);
  if (disk.backend_type != DiskBackend::unknown) json["backend"] = backends[static_cast<size_t>(disk.backend_type)];
  if (disk.format != DiskFormat::unknown) json["format"] = formats[static_cast<size_t>(disk.format)];
  put_text(json, "script", disk.script);
  if (disk.removable) json["removable"] = 1;
  if (disk.writable) json["readwrite"] = 1;
  if (disk.cdrom) json["is_cdrom"] = 1;
  if (disk.direct_io_safe) json["direct_io_safe"] = true;
  put_flag(json, "discard_enable", disk.discard);
  if (disk.virtio) json["specification"] = "virtio";
  put_flag(json, "trusted", disk.trusted);
  return json;
}

DiskConfig disk_from_json(JsonFields& fields) {
  DiskConfig disk;
  disk.backend = get_backend(fields);
  disk.target = get_text(fields, "pdev_path");
  disk.vdev = get_text(fields, "vdev");
  disk.backend_type = static_cast<DiskBackend>(fields.choice("backend", backends).value_or(0));
  disk.format = static_cast<DiskFormat>(fields.choice("format", formats).value_or(0));
  disk.script = get_text(fields, "script");
  disk.removable = fields.flag("removable").value_or(false);
  disk.writable = fields.flag("readwrite").value_or(false);
  disk.cdrom = fields.flag("is_cdrom").value_or(false);
  disk.direct_io_safe = fields.flag("direct_io_safe").value_or(false);
  disk.discard = fields.flag("discard_enable");
  disk.virtio = fields.choice("specification", specifications).value_or(0) == 2;
  disk.trusted = fields.flag("trusted");
  return disk;
}

Json vif_to_json(const VifConfig& vif) {
  Json json = Json::object();
  put_backend(json, vif.backend);
  if (vif.devid) json["devid"] = *vif.devid;
  if (vif.mtu) json["mtu"] = *vif.mtu;
  put_text(json, "model", vif.model);
  if (vif.mac) json["mac"] = vif.mac->text();
  put_text(json, "ip", vif.ip);
  put_text(json, "bridge", vif.bridge);
  put_text(json, "ifname", vif.interface_name);
  put_text(json, "script", vif.script);
  if (vif.type != VifType::unknown) json["nictype"] = vif_types[static_cast<size_t>(vif.type)];
  put_rate(json, vif.rate);
  put_text(json, "gatewaydev", vif.gateway_device);
  put_flag(json, "trusted", vif.trusted);
  return json;
}

VifConfig vif_from_json(JsonFields& fields) {
  VifConfig vif;
  vif.backend = get_backend(fields);
  vif.devid = get_int(fields, "devid");
  vif.mtu = get_int(fields, "mtu");
  vif.model = get_text(fields, "model");
  if (std::optional<std::string> mac = fields.text("mac")) vif.mac = MacAddress::parse(*mac);
  vif.ip = get_text(fields, "ip");
  vif.bridge = get_text(fields, "bridge");
  vif.interface_name = get_text(fields, "ifname");
  vif.script = get_text(fields, "script");
  vif.type = static_cast<VifType>(fields.choice("nictype", vif_types).value_or(0));
  vif.rate = get_rate(fields);
  vif.gateway_device = get_text(fields, "gatewaydev");
  vif.trusted = fields.flag("trusted");
  return vif;
}

Json channel_to_json(const ChannelConfig& channel) {
  Json json = Json::object();
  put_backend(json, channel.backend);
  if (channel.devid) json["devid"] = *channel.devid;
  put_text(json, "name", channel.name);
  if (channel.connection == ChannelConnection::socket)
    json["connection.socket"] = {{"path", channel.path}};
  else
    json[channel.connection == ChannelConnection::pty ? "connection.pty" : "connection.unknown"] = Json::object();
  return json;
}

ChannelConfig channel_from_json(JsonFields& fields) {
  ChannelConfig channel;
  channel.backend = get_backend(fields);
  channel.devid = get_int(fields, "devid");
  channel.name = get_text(fields, "name");
  if (fields.has("connection.pty")) channel.connection = ChannelConnection::pty;
  if (fields.has("connection.socket")) {
    channel.connection = ChannelConnection::socket;
    channel.path = fields.object("connection.socket").text("path").value_or("");
  }
  return channel;
}

}  // namespace xenolith::tools
