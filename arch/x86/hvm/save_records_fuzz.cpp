// SPDX-License-Identifier: MIT
// A context from anywhere: records of any length, CPU records of any content. What is taken comes back as it was.
#include <cstdlib>
#include <cstring>

#include "arch/x86/hvm/cpu_record.hpp"

namespace xenolith::hvm {
namespace {

class InputSource final : public RecordSource {
 public:
  InputSource(const u8* data, size_t size) : data_{data}, size_{size} {}
  Result<void> read(u64 offset, std::span<std::byte> to) override {
    if (offset > size_ || to.size() > size_ - offset) std::abort();
    if (!to.empty()) std::memcpy(to.data(), data_ + offset, to.size());
    return {};
  }

 private:
  const u8* data_;
  size_t size_;
};

CpuidResult processor(u32 leaf, u32) {
  switch (leaf) {
    case 0: return {0xd, 0x68747541, 0x444d4163, 0x69746e65};
    case 1: return {0x800f12, 0, 0x04000000, 0x078bfbff};
    case 0x80000000: return {0x80000008, 0x68747541, 0x444d4163, 0x69746e65};
    case 0x80000001: return {0x800f12, 0, 0, 0x2c100800};
    case 0x80000008: return {0x3028, 0, 0, 0};
    default: return {};
  }
}

void check_cpu_record(std::span<const std::byte> content) {
  static const CpuidPolicy policy = CpuidPolicy::most(processor, {});
  hvm_hw_cpu record{};
  if (!content.empty()) std::memcpy(&record, content.data(), std::min(content.size(), sizeof record));
  auto state = decode_cpu_record(record, policy);
  if (!state) return;
  hvm_hw_cpu encoded = encode_cpu_record(*state);
  auto again = decode_cpu_record(encoded, policy);
  if (!again) std::abort();
  hvm_hw_cpu twice = encode_cpu_record(*again);
  if (std::memcmp(&encoded, &twice, sizeof encoded) != 0) std::abort();
}

}  // namespace
}  // namespace xenolith::hvm

extern "C" int LLVMFuzzerTestOneInput(const xenolith::u8* data, size_t size) {
  using namespace xenolith::hvm;
  std::byte buffer[2048];
  InputSource source{data, size};
  SaveRecordReader records{source, size, buffer};
  static_cast<void>(records.header().failed());
  for (;;) {
    auto record = records.next();
    if (!record || !*record) break;
    check_cpu_record((*record)->content);
  }
  check_cpu_record({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
