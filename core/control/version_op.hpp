// SPDX-License-Identifier: MIT
// HYPERVISOR_xen_version: what hypervisor this is. Source: <xen/version.h>.
#pragma once

#include <string_view>

#include "core/hypercall/hypercall.hpp"

namespace xenolith {

namespace build {
inline constexpr u32 major_version = 4, minor_version = 17;  // of the interface
inline constexpr std::string_view extra_version = ".0-xenolith";
inline constexpr std::string_view changeset = "unavailable";
#if defined(__clang__)
inline constexpr std::string_view compiler = "clang++ " __clang_version__;
#else
inline constexpr std::string_view compiler = "g++ " __VERSION__;
#endif
inline constexpr std::string_view compile_by = "xenolith";
inline constexpr std::string_view compile_domain = "";
inline constexpr std::string_view compile_date = "unknown";  // builds are reproducible
}  // namespace build

// [0] XENVER_*, [1] guest address of its structure. Anybody may ask all but the command line and the build ID.
HypercallOutcome version_op(Vcpu& caller, const HypercallArguments& arguments);

// The command line that the hypervisor was started with, for XENVER_commandline. Set once at boot; cut to what the
// interface has room for.
void set_command_line(std::string_view text);

}  // namespace xenolith
