// SPDX-License-Identifier: MIT
// A vCPU context as tools exchange it: records behind descriptors, a HEADER first and an END last.
// Source: <xen/hvm/save.h>.
#pragma once

#include <optional>
#include <span>

#include "core/base/interface.hpp"
#include "core/base/result.hpp"
#include "core/base/types.hpp"

extern "C" {
#include <xen/hvm/save.h>
}

namespace xenolith::hvm {

// Where the bytes of a context come from. Each byte is read once.
class RecordSource {
 public:
  virtual Result<void> read(u64 offset, std::span<std::byte> to) = 0;

 protected:
  ~RecordSource() = default;
};

inline constexpr u16 end_record = 0;  // HVM_SAVE_CODE(END); its length is 0
inline constexpr u32 header_record_length = sizeof(hvm_save_header);

struct SaveRecord {
  u16 type = end_record;
  u16 instance = 0;
  std::span<const std::byte> content;
};

// Takes a context apart, one record at a time. Hostile input: lengths are checked against the context's and the buffer's.
class SaveRecordReader {
 public:
  // `buffer` holds the content of one record at a time.
  SaveRecordReader(RecordSource& source, u64 size, std::span<std::byte> buffer)
      : source_{source}, size_{size}, buffer_{buffer} {}

  // The first record. Fails with EINVAL where it is not a header that this interface knows.
  Result<hvm_save_header> header();
  // The next record, nullopt at END. Fails with EINVAL: cut off, or longer than any record may be; or as the source does.
  // The content is valid until the next call.
  Result<std::optional<SaveRecord>> next();

 private:
  RecordSource& source_;
  u64 size_, offset_ = 0;
  std::span<std::byte> buffer_;
};

}  // namespace xenolith::hvm
