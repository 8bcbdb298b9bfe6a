// SPDX-License-Identifier: MIT
// Devices as a configuration asks for them, with nothing decided yet that depends on the machine.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "tools/base/uuid.hpp"
#include "tools/control/types.hpp"

namespace xenolith::tools {

// The domain that runs a device's backend.
struct BackendDomain {
  std::string name{};  // name or decimal id as written; empty: `id` counts
  DomainId id{0};    // set by whoever has resolved the name

  bool operator==(const BackendDomain&) const = default;
};

enum class DiskFormat : uint8_t { unknown, qcow, qcow2, vhd, raw, empty, qed };
enum class DiskBackend : uint8_t { unknown, phy, tap, qdisk, standalone };  // unknown: the toolstack chooses

struct DiskConfig {
  std::string target{};  // path, or what `script` makes of it; empty for an empty drive
  DiskFormat format = DiskFormat::raw;
  std::string vdev{};  // "xvda", "hda1", "d5p2", or a number
  DiskBackend backend_type = DiskBackend::unknown;
  BackendDomain backend{};
  std::string script{};  // as written: "block-x" or a path
  bool writable = true;
  bool removable = false;
  bool cdrom = false;
  bool direct_io_safe = false;
  bool virtio = false;  // specification=virtio
  std::optional<bool> discard{};
  std::optional<bool> trusted{};

  bool operator==(const DiskConfig&) const = default;
};

struct MacAddress {
  std::array<uint8_t, 6> bytes{};

  // Six groups of one or two hexadecimal digits, separated by colons. Throws Error(EINVAL).
  static MacAddress parse(std::string_view text);
  // A random one of Xen's range: 00:16:3e, then 23 random bits.
  static MacAddress random();
  std::string text() const;  // "00:16:3e:01:02:03"
  bool operator==(const MacAddress&) const = default;
};

enum class VifType : uint8_t { unknown, ioemu, vif };

// Transmission credit: so many bytes each interval.
struct VifRate {
  uint64_t bytes_per_interval = 0;
  uint32_t interval_us = 0;

  bool operator==(const VifRate&) const = default;
};

struct VifConfig {
  std::optional<int> devid{};  // none: the lowest free one
  std::optional<MacAddress> mac{};
  std::string bridge{};          // empty: the default of the toolstack (xenbr0)
  std::string gateway_device{};  // for vif-route
  std::string ip{};
  std::string script{};  // empty: the default of the toolstack (vif-bridge)
  BackendDomain backend{};
  std::string interface_name{};  // vifname; empty: vifDOMID.DEVID
  std::string model{};
  VifType type = VifType::unknown;
  std::optional<int> mtu{};
  std::optional<VifRate> rate{};
  std::optional<bool> trusted{};

  bool operator==(const VifConfig&) const = default;
};

enum class ChannelConnection : uint8_t { unknown, pty, socket };

// A console with a name, for a program on the host to talk to one in the guest.
struct ChannelConfig {
  std::optional<int> devid{};
  std::string name{};
  ChannelConnection connection = ChannelConnection::unknown;
  std::string path{};  // of a socket
  BackendDomain backend{};

  bool operator==(const ChannelConfig&) const = default;
};

}  // namespace xenolith::tools
