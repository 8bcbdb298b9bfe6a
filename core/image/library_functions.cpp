// SPDX-License-Identifier: MIT
// The functions that compilers call by themselves (GCC manual, "Standards": freestanding environments), and operator delete, which
// virtual destructors name but nothing calls. memcpy, memmove and memset are in each arch/ARCH/boot/memory_functions.
#include <cstddef>

#include "core/base/log.hpp"

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
  while (text[length]) ++length;
  return length;
}

[[gnu::used]] void* memchr(const void* memory, int value, std::size_t size) {
  auto* at = static_cast<const unsigned char*>(memory);
  for (; size > 0; --size, ++at)
    if (*at == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(at);
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
