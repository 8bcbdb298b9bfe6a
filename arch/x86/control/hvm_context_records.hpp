// SPDX-License-Identifier: MIT
// The kinds of records in which a vCPU's state is saved and loaded.
#pragma once

#include <span>

#include "core/base/result.hpp"
#include "core/base/types.hpp"

namespace xenolith {
class Vcpu;
}

namespace xenolith::hvm_context {

struct RecordKind {
  u16 type;
  u32 length;  // bytes, at most a page
  // The vCPU is off its CPU. `moment`: what the host's TSC read when the context was asked for or given. False: there is nothing
  // to tell of the vCPU.
  bool (*save)(Vcpu& vcpu, u64 moment, std::span<std::byte> content);
  // The same; `content` has `length` bytes. Fails with EINVAL and changes nothing where the content makes no sense.
  Result<void> (*load)(Vcpu& vcpu, u64 moment, std::span<const std::byte> content);
};

std::span<const RecordKind> record_kinds();
const RecordKind* record_kind(u16 type);  // nullptr: there is none

}  // namespace xenolith::hvm_context
