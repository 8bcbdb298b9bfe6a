// SPDX-License-Identifier: MIT
// The functions that compilers call by themselves (GCC manual, "Standards": freestanding environments).
#include <cstddef>

// What std::string_view calls for a position beyond its end.
namespace std {
[[noreturn, gnu::used]] void __throw_out_of_range_fmt(const char*, ...) { __builtin_trap(); }
}  // namespace std

extern "C" {

[[gnu::used]] void* memcpy(void* to, const void* from, std::size_t size) {
  void* result = to;
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size)::"memory");
  return result;
}

[[gnu::used]] void* memset(void* to, int value, std::size_t size) {
  void* result = to;
  asm volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
  return result;
}

[[gnu::used]] void* memmove(void* to, const void* from, std::size_t size) {
  auto* target = static_cast<char*>(to);
  auto* source = static_cast<const char*>(from);
  if (target <= source || target >= source + size) return memcpy(to, from, size);
  for (std::size_t i = size; i-- > 0;) {
    target[i] = source[i];
    asm volatile("" ::: "memory");  // keeps the compiler from making this a call of memmove
  }
  return to;
}

[[gnu::used]] int memcmp(const void* left, const void* right, std::size_t size) {
  auto* a = static_cast<const volatile unsigned char*>(left);
  auto* b = static_cast<const volatile unsigned char*>(right);
  for (std::size_t i = 0; i < size; ++i)
    if (int difference = a[i] - b[i]) return difference;
  return 0;
}

[[gnu::used]] std::size_t strlen(const char* text) {
  const volatile char* end = text;
  while (*end) ++end;
  return static_cast<std::size_t>(end - text);
}

[[gnu::used]] void* memchr(const void* text, int wanted, std::size_t size) {
  auto* bytes = static_cast<const unsigned char*>(text);
  for (std::size_t i = 0; i < size; ++i)
    if (bytes[i] == static_cast<unsigned char>(wanted)) return const_cast<unsigned char*>(bytes + i);
  return nullptr;
}
}
