// SPDX-License-Identifier: MIT
// The functions that compilers call by themselves (GCC manual, "Standards": freestanding environments); memcpy, memmove and
// memset are the hypervisor's (arch/arm64/boot/memory_functions.S).
#include <cstddef>

// What std::string_view calls for a position beyond its end.
namespace std {
[[noreturn, gnu::used]] void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }
}  // namespace std

extern "C" {

[[gnu::used]] int memcmp(const void* a, const void* b, std::size_t size) {
  auto* left = static_cast<const unsigned char*>(a);
  auto* right = static_cast<const unsigned char*>(b);
  for (; size > 0; --size, ++left, ++right)
    if (*left != *right) return *left < *right ? -1 : 1;
  return 0;
}

[[gnu::used]] std::size_t strlen(const char* text) {
  std::size_t length = 0;
  for (; text[length]; ++length) asm volatile("");  // not to be made a call of itself
  return length;
}

[[gnu::used]] void* memchr(const void* memory, int value, std::size_t size) {
  auto* at = static_cast<const unsigned char*>(memory);
  for (; size > 0; --size, ++at)
    if (*at == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(at);
  return nullptr;
}

}  // extern "C"
