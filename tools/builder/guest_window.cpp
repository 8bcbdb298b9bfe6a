// SPDX-License-Identifier: MIT
#include "tools/builder/guest_window.hpp"

#include <algorithm>
#include <cstring>

namespace xenolith::tools {
namespace {

constexpr uint64_t window = uint64_t(64) << 20;

}  // namespace

GuestWindow::GuestWindow(GuestMemory& memory, DomainId domain) : memory_(memory), domain_(domain) {}

// What is mapped from `address` on; maps up to `end` if nothing is.
std::span<std::byte> GuestWindow::at(uint64_t address, uint64_t end) {
  bool mapped = pages_ && address >= mapped_at_ && address - mapped_at_ < pages_.size();
  if (!mapped) {
    uint64_t from = address & ~(page_size - 1);
    uint64_t size = std::min(window, ((end + page_size - 1) & ~(page_size - 1)) - from);
    pages_ = ForeignPages();
    pages_ = memory_.map_range(domain_, Gfn(from / page_size), PageCount(size / page_size));
    mapped_at_ = from;
  }
  return pages_.bytes().subspan(address - mapped_at_);
}

void GuestWindow::fill(uint64_t address, uint64_t size,
                       const std::function<void(std::span<std::byte> to, uint64_t done)>& fill) {
  for (uint64_t done = 0; done < size;) {
    auto to = at(address + done, address + size);
    to = to.first(std::min<uint64_t>(to.size(), size - done));
    fill(to, done);
    done += to.size();
  }
}

void GuestWindow::write(uint64_t address, std::span<const std::byte> bytes) {
  fill(address, bytes.size(),
       [&](std::span<std::byte> to, uint64_t done) { std::memcpy(to.data(), bytes.data() + done, to.size()); });
}

void GuestWindow::clear(uint64_t address, uint64_t size) {
  fill(address, size, [](std::span<std::byte> to, uint64_t) { std::memset(to.data(), 0, to.size()); });
}

}  // namespace xenolith::tools
