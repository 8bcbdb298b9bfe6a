// SPDX-License-Identifier: MIT
// The functions that compilers call by themselves (GCC manual, "Standards": freestanding environments), and operator delete, which
// virtual destructors name but nothing calls.
#include <cstddef>

#include "core/base/log.hpp"

extern "C" {

// Eight bytes at a time: processors do both forms at the same speed, emulators take a step for each repetition. Forward, so that
// memmove() can use it.
[[gnu::used]] void* memcpy(void* to, const void* from, std::size_t size) {
  void* result = to;
  std::size_t words = size / 8, rest = size % 8;
  asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)::"memory");
  asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest)::"memory");
  return result;
}

[[gnu::used]] void* memset(void* to, int value, std::size_t size) {
  void* result = to;
  std::size_t words = size / 8, rest = size % 8;
  unsigned long long pattern = 0x0101010101010101ull * static_cast<unsigned char>(value);
  asm volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
  asm volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
  return result;
}

[[gnu::used]] void* memmove(void* to, const void* from, std::size_t size) {
  auto* target = static_cast<char*>(to);
  auto* source = static_cast<const char*>(from);
  if (target <= source || target >= source + size) return memcpy(to, from, size);
  target += size - 1;
  source += size - 1;
  asm volatile("std; rep movsb; cld" : "+D"(target), "+S"(source), "+c"(size)::"memory");
  return to;
}

[[gnu::used]] int memcmp(const void* a, const void* b, std::size_t size) {
  auto* left = static_cast<const unsigned char*>(a);
  auto* right = static_cast<const unsigned char*>(b);
  for (; size > 0; --size, ++left, ++right)
    if (*left != *right) return *left < *right ? -1 : 1;
  return 0;
}

[[gnu::used]] std::size_t strlen(const char* text) {
  std::size_t length = 0;
  while (text[length]) ++length;
  return length;
}

[[gnu::used]] const void* memchr(const void* memory, int value, std::size_t size) {
  auto* at = static_cast<const unsigned char*>(memory);
  for (; size > 0; --size, ++at)
    if (*at == static_cast<unsigned char>(value)) return at;
  return nullptr;
}

[[gnu::used]] void __cxa_pure_virtual() { xenolith::panic("a pure virtual function was called"); }
[[gnu::used]] int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }  // nothing ever exits
[[gnu::used]] void* __dso_handle = nullptr;

}  // extern "C"

namespace std {
// libstdc++'s checks of its own preconditions.
void __throw_length_error(const char* what) { xenolith::panic("{}", what); }
void __throw_out_of_range_fmt(const char* what, ...) { xenolith::panic("{}", what); }
void __throw_bad_function_call() { xenolith::panic("an empty function was called"); }
void __throw_bad_optional_access() { xenolith::panic("an empty optional was read"); }
}  // namespace std
void operator delete(void*) noexcept { xenolith::panic("operator delete was called"); }
void operator delete(void*, std::size_t) noexcept { xenolith::panic("operator delete was called"); }
