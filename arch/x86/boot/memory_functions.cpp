// SPDX-License-Identifier: MIT
// Copying and filling memory; the other functions that compilers call by themselves are in core/image/library_functions.cpp.
#include <cstddef>

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

}  // extern "C"
