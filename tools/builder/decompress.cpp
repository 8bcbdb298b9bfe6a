// SPDX-License-Identifier: MIT
#include "tools/builder/decompress.hpp"

#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <memory>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

constexpr uint64_t decoder_memory = uint64_t(512) << 20;  // of xz and lzma: hostile streams may ask for 4 GiB

struct Magic {
  Packing packing;
  std::string_view bytes;
};

using namespace std::string_view_literals;
constexpr Magic magics[] = {
    {Packing::gzip, "\x1f\x8b"sv},
    {Packing::xz,
     "\xfd"
     "7zXZ\0"sv},
    {Packing::zstd, "\x28\xb5\x2f\xfd"sv},
    {Packing::lz4, "\x02\x21\x4c\x18"sv},  // the legacy frame, which kernels use
    {Packing::lzma, "\x5d\0\0"sv},
};

[[noreturn]] void damaged(const char* what, const char* why) {
  fail(ENOEXEC, "its {} stream cannot be unpacked: {}", what, why);
}
constexpr const char* too_large = "it becomes larger than announced";
constexpr const char* corrupt = "damaged or cut short";

size_t unpack_gzip(std::span<const std::byte> packed, std::span<std::byte> room) {
  z_stream stream{};
  if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK) fail(ENOMEM, "no memory for unpacking a kernel");
  std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, inflateEnd);
  if (packed.size() > UINT_MAX || room.size() > UINT_MAX) damaged("gzip", "it is too large");
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
  stream.avail_in = uInt(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(room.data());
  stream.avail_out = uInt(room.size());
  int result = inflate(&stream, Z_FINISH);
  if (result != Z_STREAM_END) damaged("gzip", stream.avail_out == 0 ? too_large : corrupt);
  return stream.total_out;
}

size_t unpack_lzma(const char* name, std::span<const std::byte> packed, std::span<std::byte> room) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_auto_decoder(&stream, decoder_memory, 0) != LZMA_OK) fail(ENOMEM, "no memory for unpacking a kernel");
  std::unique_ptr<lzma_stream, decltype(&lzma_end)> end(&stream, lzma_end);
  stream.next_in = reinterpret_cast<const uint8_t*>(packed.data());
  stream.avail_in = packed.size();
  stream.next_out = reinterpret_cast<uint8_t*>(room.data());
  stream.avail_out = room.size();
  lzma_ret result = lzma_code(&stream, LZMA_RUN);
  if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR) fail(ENOMEM, "no memory for unpacking a kernel");
  // An lzma stream may have no end mark: it ends where the announced size is reached.
  bool ended = result == LZMA_STREAM_END || (result == LZMA_OK && stream.avail_out == 0 && stream.avail_in <= 4);
  if (!ended) damaged(name, stream.avail_out == 0 ? too_large : corrupt);
  return stream.total_out;
}

size_t unpack_zstd(std::span<const std::byte> packed, std::span<std::byte> room) {
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) fail(ENOMEM, "no memory for unpacking a kernel");
  size_t frame = ZSTD_findFrameCompressedSize(packed.data(), packed.size());
  if (ZSTD_isError(frame)) damaged("zstd", corrupt);
  size_t size = ZSTD_decompressDCtx(context.get(), room.data(), room.size(), packed.data(), frame);
  if (ZSTD_isError(size)) damaged("zstd", ZSTD_getErrorName(size));
  return size;
}

uint32_t little_endian(std::span<const std::byte> bytes) {
  uint32_t value = 0;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

size_t unpack_lz4(std::span<const std::byte> packed, std::span<std::byte> room) {
  // The legacy frame: magic, then blocks of a size and that many bytes, each 8 MiB unpacked but the last.
  constexpr size_t block = 8 << 20;
  size_t done = 0;
  packed = packed.subspan(4);
  for (bool last = false; !last && packed.size() >= 4;) {
    uint32_t size = little_endian(packed);
    if (size > packed.size() - 4) break;  // not a block: what follows the stream
    size_t left = std::min(room.size() - done, block);
    int count = LZ4_decompress_safe(reinterpret_cast<const char*>(packed.data() + 4),
                                    reinterpret_cast<char*>(room.data() + done), int(std::min<size_t>(size, INT_MAX)),
                                    int(left));
    if (count < 0) damaged("lz4", corrupt);
    done += size_t(count);
    packed = packed.subspan(4 + size_t(size));
    last = size_t(count) < block;
  }
  if (done == 0) damaged("lz4", corrupt);
  return done;
}

}  // namespace

std::string_view packing_name(Packing packing) {
  switch (packing) {
    case Packing::gzip: return "gzip";
    case Packing::xz: return "xz";
    case Packing::lzma: return "lzma";
    case Packing::zstd: return "zstd";
    case Packing::lz4: return "lz4";
  }
  return "unknown";
}

std::optional<Packing> packing_of(std::span<const std::byte> packed) {
  for (auto& magic : magics)
    if (packed.size() >= magic.bytes.size() && std::memcmp(packed.data(), magic.bytes.data(), magic.bytes.size()) == 0)
      return magic.packing;
  return std::nullopt;
}

size_t unpack(Packing packing, std::span<const std::byte> packed, std::span<std::byte> room) {
  switch (packing) {
    case Packing::gzip: return unpack_gzip(packed, room);
    case Packing::xz: return unpack_lzma("xz", packed, room);
    case Packing::lzma: return unpack_lzma("lzma", packed, room);
    case Packing::zstd: return unpack_zstd(packed, room);
    case Packing::lz4: return unpack_lz4(packed, room);
  }
  fail(EINVAL, "unknown packing");
}

}  // namespace xenolith::tools
