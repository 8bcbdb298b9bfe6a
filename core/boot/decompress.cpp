// SPDX-License-Identifier: MIT
#include "core/boot/decompress.hpp"

#include <algorithm>
#include <array>
#include <atomic>

#include "core/base/bytes.hpp"
#include "core/boot/crc32.hpp"
#include "third_party/shim/decoders.h"

namespace xenolith {
namespace {

static_assert(decompress_arena_size >= DECODER_ARENA_SIZE);

using Bytes = std::span<const u8>;

struct Signature {
  CompressionFormat format;
  std::string_view bytes;
};

using namespace std::string_view_literals;
constexpr Signature signatures[] = {
    {CompressionFormat::gzip, "\x1f\x8b\x08"sv},        {CompressionFormat::bzip2, "BZh"sv},
    {CompressionFormat::lzma, "\x5d\x00\x00"sv},        {CompressionFormat::xz, "\xfd" "7zXZ\0"sv},
    {CompressionFormat::lzo, "\x89LZO\0\r\n\x1a\n"sv},  {CompressionFormat::lz4, "\x02\x21\x4c\x18"sv},
    {CompressionFormat::zstd, "\x28\xb5\x2f\xfd"sv},
};

Result<void> result_of(decoder_status status) {
  switch (status) {
    case DECODER_OK: return {};
    case DECODER_NO_SPACE: return Failure{XEN_ENOSPC};
    case DECODER_NO_MEMORY: return Failure{XEN_ENOMEM};
    case DECODER_UNSUPPORTED: return Failure{XEN_EOPNOTSUPP};
    case DECODER_CORRUPT:
    case DECODER_TRUNCATED: break;
  }
  return Failure{XEN_EINVAL};
}

decoder make_job(Bytes in, std::span<u8> out, std::span<u8> arena) {
  return {in.data(), in.size(), 0, out.data(), out.size(), 0, arena.data(), arena.size()};
}

// Length of a gzip member's header. Source: RFC 1952, section 2.3 "Member format".
Result<size_t> gzip_header_size(Bytes in) {
  u8 flags = TRY(read_at<u8>(in, 3));
  u64 at = 10;
  if (flags & 0x04) at += 2 + TRY(read_at<u16>(in, at));           // FEXTRA
  for (u8 text : {u8{0x08}, u8{0x10}}) {                           // FNAME, FCOMMENT
    if (!(flags & text)) continue;
    while (TRY(read_at<u8>(in, at++)) != 0) {}
  }
  if (flags & 0x02) at += 2;                                       // FHCRC
  if (at > in.size()) return Failure{XEN_EINVAL};
  return at;
}

Result<size_t> gunzip(Bytes in, std::span<u8> out, std::span<u8> arena) {
  size_t header = TRY(gzip_header_size(in));
  decoder job = make_job(in.subspan(header), out, arena);
  TRY(result_of(decoder_inflate(&job)));
  u64 trailer = header + job.in_used;
  u32 checksum = TRY(read_at<u32>(in, trailer));
  u32 size = TRY(read_at<u32>(in, trailer + 4));
  if (size != static_cast<u32>(job.out_used) || checksum != crc32(out.first(job.out_used))) return Failure{XEN_EINVAL};
  return job.out_used;
}

Result<size_t> unxz(Bytes in, std::span<u8> out, std::span<u8> arena) {
  decoder job = make_job(in, out, arena);
  TRY(result_of(decoder_xz(&job)));
  return job.out_used;
}

// The header of .lzma: properties (1 byte), dictionary size (4), uncompressed size or all ones (8).
Result<size_t> unlzma(Bytes in, std::span<u8> out, std::span<u8> arena) {
  constexpr size_t header_size = 13;
  if (in.size() < header_size) return Failure{XEN_EINVAL};
  u64 size = peek<u64>(in, 5);
  if (size == ~u64{0}) size = out.size();
  if (size > out.size()) return Failure{XEN_ENOSPC};
  decoder job = make_job(in.subspan(header_size), out.first(size), arena);
  TRY(result_of(decoder_lzma(&job, in[0], peek<u32>(in, 1))));
  return job.out_used;
}

Result<size_t> unzstd(Bytes in, std::span<u8> out, std::span<u8> arena) {
  decoder job = make_job(in, out, arena);
  TRY(result_of(decoder_zstd(&job)));
  return job.out_used;
}

// Legacy frame: a magic number, then blocks with their size in front, each up to 8 MiB uncompressed. Only the end of the
// file ends it; a kernel's size trailer looks like a block that is too long.
// Source: lz4_Frame_format.md, "Legacy frame".
Result<size_t> unlz4(Bytes in, std::span<u8> out, std::span<u8> arena) {
  constexpr size_t block_size = size_t{8} << 20;
  u64 at = 4;
  size_t made = 0;
  while (in.size() - at > 4) {
    u32 length = TRY(read_at<u32>(in, at));
    Bytes block = TRY(slice(in, at + 4, length));
    if (length == 0) break;
    std::span<u8> room = out.subspan(made);
    decoder job = make_job(block, room.first(std::min(room.size(), block_size)), arena);
    if (decoder_lz4_block(&job) != DECODER_OK) return Failure{room.size() < block_size ? XEN_ENOSPC : XEN_EINVAL};
    made += job.out_used;
    at += 4 + u64{length};
    if (job.out_used < block_size) break;
  }
  return made;
}

using Decoder = Result<size_t> (*)(Bytes, std::span<u8>, std::span<u8>);

Decoder decoder_for(CompressionFormat format) {
  switch (format) {
    case CompressionFormat::gzip: return gunzip;
    case CompressionFormat::lzma: return unlzma;
    case CompressionFormat::xz: return unxz;
    case CompressionFormat::lz4: return unlz4;
    case CompressionFormat::zstd: return unzstd;
    case CompressionFormat::none:
    case CompressionFormat::bzip2:
    case CompressionFormat::lzo: break;
  }
  return nullptr;
}

std::atomic_flag running;

// The decoders' allocation hook knows one arena at a time.
class OnlyRun {
 public:
  OnlyRun() : mine_{!running.test_and_set(std::memory_order_acquire)} {}  // pairs with the release in ~OnlyRun
  ~OnlyRun() {
    if (mine_) running.clear(std::memory_order_release);
  }
  OnlyRun(const OnlyRun&) = delete;
  OnlyRun& operator=(const OnlyRun&) = delete;
  explicit operator bool() const { return mine_; }

 private:
  bool mine_;
};

}  // namespace

CompressionFormat compression_format(Bytes data) {
  std::string_view text{reinterpret_cast<const char*>(data.data()), data.size()};
  for (const Signature& signature : signatures)
    if (text.starts_with(signature.bytes)) return signature.format;
  return CompressionFormat::none;
}

std::string_view name_of(CompressionFormat format) {
  constexpr std::array<std::string_view, 8> names{"none", "gzip", "bzip2", "LZMA", "xz", "LZO", "LZ4", "zstd"};
  auto index = static_cast<size_t>(format);
  return index < names.size() ? names[index] : "unknown";
}

Result<size_t> decompress(Bytes in, std::span<u8> out, std::span<u8> arena) {
  Decoder decoder = decoder_for(compression_format(in));
  if (!decoder) return Failure{XEN_EOPNOTSUPP};
  if (arena.size() < decompress_arena_size || reinterpret_cast<uintptr_t>(arena.data()) % 16 != 0)
    return Failure{XEN_ENOMEM};
  OnlyRun only;
  if (!only) return Failure{XEN_EBUSY};
  return decoder(in, out, arena);
}

}  // namespace xenolith
