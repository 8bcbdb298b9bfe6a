// SPDX-License-Identifier: MIT
#include "arch/x86/hvm/save_records.hpp"

#include <cstring>

namespace xenolith::hvm {

Result<std::optional<SaveRecord>> SaveRecordReader::next() {
  hvm_save_descriptor descriptor;
  if (size_ - offset_ < sizeof descriptor) return Failure{XEN_EINVAL};
  TRY(source_.read(offset_, std::as_writable_bytes(std::span{&descriptor, 1})));
  offset_ += sizeof descriptor;
  if (descriptor.typecode == end_record) return std::optional<SaveRecord>{};
  if (descriptor.length > size_ - offset_ || descriptor.length > buffer_.size()) return Failure{XEN_EINVAL};
  std::span<std::byte> content = buffer_.first(descriptor.length);
  TRY(source_.read(offset_, content));
  offset_ += descriptor.length;
  return std::optional{SaveRecord{descriptor.typecode, descriptor.instance, content}};
}

Result<hvm_save_header> SaveRecordReader::header() {
  std::optional<SaveRecord> first = TRY(next());
  bool fits = first && first->type == HVM_SAVE_CODE(HEADER) && first->content.size() == header_record_length;
  if (!fits) return Failure{XEN_EINVAL};
  hvm_save_header header;
  std::memcpy(&header, first->content.data(), sizeof header);
  if (header.magic != HVM_FILE_MAGIC || header.version != HVM_FILE_VERSION) return Failure{XEN_EINVAL};
  return header;
}

}  // namespace xenolith::hvm
