// SPDX-License-Identifier: MIT
#include "core/events/pirq_ports.hpp"

namespace xenolith {

PirqPorts::~PirqPorts() {
  for (auto& chunk : chunks_) Own<Chunk>{chunk.load(std::memory_order_relaxed)}.reset();
}

Port PirqPorts::port(u32 pirq) const {
  if (pirq >= chunks * per_chunk) return Port{0};
  Chunk* chunk = chunks_[pirq / per_chunk].load(std::memory_order_acquire);  // pairs with reserve()
  return Port{chunk ? (*chunk)[pirq % per_chunk].load(std::memory_order_relaxed) : 0};
}

Result<void> PirqPorts::reserve(u32 pirq) {
  if (pirq >= chunks * per_chunk) return Failure{XEN_EINVAL};
  auto& chunk = chunks_[pirq / per_chunk];
  if (chunk.load(std::memory_order_relaxed)) return {};
  Own<Chunk> made = TRY(make<Chunk>());
  chunk.store(made.release(), std::memory_order_release);
  return {};
}

void PirqPorts::set(u32 pirq, Port port) {
  Chunk* chunk = chunks_[pirq / per_chunk].load(std::memory_order_relaxed);
  (*chunk)[pirq % per_chunk].store(port.raw(), std::memory_order_relaxed);
}

}  // namespace xenolith
