// SPDX-License-Identifier: MIT
#include <arch/fake.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "arch/host/fake_machine.hpp"
#include "core/base/bits.hpp"
#include "core/base/own.hpp"
#include "core/memory/heap.hpp"

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
  void* memory;
  if (size >= page_size) {
    memory = fake::allocate_heap_pages(frames_for(size), std::max<u64>(frames_for(alignment), 1));
  } else {
    alignment = std::max(alignment, sizeof(void*));
    memory = std::aligned_alloc(alignment, align_up<size_t>(std::max<size_t>(size, 1), alignment));
  }
  if (memory) {
    std::memset(memory, 0, size);
    in_use += size;
  }
  return memory;
}

bool heap_trim_step() { return false; }  // nothing is kept back here
bool heap_scrub_step() { return false; }

void heap_free(void* memory, size_t size) {
  if (!memory) return;
  in_use -= size;
  if (size >= page_size) fake::free_heap_pages(memory, frames_for(size));
  else std::free(memory);
}

}  // namespace xenolith
