// SPDX-License-Identifier: MIT
#include <arch/fake.hpp>

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "core/base/own.hpp"

namespace xenolith {
namespace {
std::atomic<int> countdown{-1};
std::atomic<size_t> in_use{0};
}  // namespace

namespace fake {
void fail_allocation(int n) { countdown = n; }
size_t heap_in_use() { return in_use; }
}  // namespace fake

void* heap_allocate(size_t size, size_t alignment) {
  if (countdown >= 0 && countdown-- == 0) return nullptr;
  size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* memory = std::aligned_alloc(alignment < sizeof(void*) ? sizeof(void*) : alignment, rounded ? rounded : alignment);
  if (memory) {
    std::memset(memory, 0, rounded);
    in_use += size;
  }
  return memory;
}

void heap_free(void* memory, size_t size) {
  if (!memory) return;
  in_use -= size;
  std::free(memory);
}

}  // namespace xenolith
