// SPDX-License-Identifier: MIT
// Just enough of ACPI Machine Language for the objects that a PVH guest needs. ACPI Specification 6.4, chapter 20 "ACPI
// Machine Language (AML) Specification".
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace xenolith::tools::aml {

using Bytes = std::vector<uint8_t>;

// NamePath: "\_SB_", or one segment of four characters.
Bytes name_path(std::string_view path);
Bytes integer(uint64_t value);
Bytes string(std::string_view text);
Bytes buffer(std::span<const uint8_t> content);
// Name (name, value)
Bytes name(std::string_view path, const Bytes& value);
// Scope (path) { content }
Bytes scope(std::string_view path, const Bytes& content);
// Device (path) { content }
Bytes device(std::string_view path, const Bytes& content);

void append(Bytes& to, const Bytes& from);

}  // namespace xenolith::tools::aml
