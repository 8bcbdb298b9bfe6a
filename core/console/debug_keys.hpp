// SPDX-License-Identifier: MIT
// Debug keys: single characters, typed on the console or given to `xl debug-keys`, that make the hypervisor print what it knows.
#pragma once

#include <string_view>

namespace xenolith {

using DebugKeyHandler = void (*)(char key);

// Keys are printable ASCII characters; a second registration replaces the first. `description` lives for ever. Any CPU;
// the handler runs in a CPU's main loop with no lock held.
void register_debug_key(char key, const char* description, DebugKeyHandler handler);

// Runs a key's handler; unknown keys do nothing. From a CPU's main loop or a hypercall.
void handle_debug_key(char key);
// XEN_SYSCTL_debug_keys: each character in turn.
void handle_debug_keys(std::string_view keys);

// Keys h and *.
void register_help_keys();
// The keys that core knows: see debug_key_handlers.cpp.
void register_standard_debug_keys();

}  // namespace xenolith
