// SPDX-License-Identifier: MIT
#include "core/console/debug_keys.hpp"

#include <array>
#include <atomic>

#include "core/base/log.hpp"
#include "core/console/console.hpp"

namespace xenolith {
namespace {

constexpr unsigned first_key = 0x20, key_count = 0x7f - first_key;

struct Key {
  std::atomic<DebugKeyHandler> handler{nullptr};
  std::atomic<const char*> description{nullptr};
};
constinit std::array<Key, key_count> keys{};

Key* find(char key) {
  unsigned index = static_cast<u8>(key) - first_key;
  return index < key_count ? &keys[index] : nullptr;
}

void show_help(char key) {
  log_info("'{}' pressed -> showing installed handlers", key);
  for (unsigned i = 0; i < key_count; ++i)
    if (keys[i].handler.load(std::memory_order_acquire))
      log_info(" key '{}' (ascii '{:02x}') => {}", static_cast<char>(first_key + i), first_key + i,
               keys[i].description.load(std::memory_order_relaxed));
}

bool is_diagnostic(char key) { return key != '*' && key != 'h' && key != 'R'; }

void run_all(char) {
  for (unsigned i = 0; i < key_count; ++i)
    if (char key = static_cast<char>(first_key + i); is_diagnostic(key)) handle_debug_key(key);
}

}  // namespace

void register_debug_key(char key, const char* description, DebugKeyHandler handler) {
  Key* place = find(key);
  if (!place) return;
  place->description.store(description, std::memory_order_relaxed);
  place->handler.store(handler, std::memory_order_release);  // pairs with the acquires in handle_debug_key() and show_help()
}

void handle_debug_key(char key) {
  Key* place = find(key);
  DebugKeyHandler handler = place ? place->handler.load(std::memory_order_acquire) : nullptr;
  if (!handler) return;
  Console::Everything everything;
  handler(key);
}

void handle_debug_keys(std::string_view text) {
  for (char key : text) handle_debug_key(key);
}

void register_help_keys() {
  register_debug_key('h', "show this message", show_help);
  register_debug_key('*', "print all diagnostics", run_all);
}

}  // namespace xenolith
