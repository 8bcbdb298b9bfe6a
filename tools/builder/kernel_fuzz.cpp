// SPDX-License-Identifier: MIT
// Kernels with every kind of damage: the loader either refuses them or gives segments within the limits.
#include <cstdlib>

#include "tools/base/error.hpp"
#include "tools/builder/kernel.hpp"
#include "tools/builder/test_images.hpp"

namespace {

using namespace xenolith::tools;

constexpr uint64_t limit = 4 << 20;

void check(const Kernel& kernel) {
  uint64_t last = 0;
  for (auto& segment : kernel.elf.segments) {
    bool inside = segment.address >= last && segment.size <= limit && segment.address <= limit - segment.size &&
                  segment.file_size <= segment.size;
    if (!inside) std::abort();
    last = segment.address + segment.size;
    std::vector<std::byte> content(segment.file_size);
    kernel.bytes->read(segment.offset, content);
  }
  if (kernel.elf.entry < kernel.elf.low() || kernel.elf.entry >= kernel.elf.high()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    check(open_kernel(test::source_of({data, data + size}), limit));
  } catch (const Error&) {
    // Refused, as it should be.
  }
  return 0;
}

extern "C" void xenolith_fuzz_seeds(std::vector<std::vector<uint8_t>>& seeds) {
  seeds.push_back(test::make_elf());
  seeds.push_back(test::make_elf({.wide = false}));
  auto elf = test::make_elf({.content = 2000, .linux_guest = true});
  for (std::string how : {"gzip", "xz", "lzma", "zstd", "lz4"})
    seeds.push_back(test::make_bzimage(test::pack(how, elf), uint32_t(elf.size())));
  seeds.push_back(test::pack("gzip", elf));
}
