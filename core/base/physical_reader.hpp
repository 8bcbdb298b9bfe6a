// SPDX-License-Identifier: MIT
// Reading machine memory that firmware or a boot loader filled, before or beside the hypervisor's own mappings.
#pragma once

#include <span>

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class PhysicalReader {
 public:
  // The `length` bytes at `address`, valid for as long as this reader. Fails with EFAULT when they cannot be reached, which
  // includes ranges that wrap around. The bytes are what others wrote: nothing about them is to be trusted.
  virtual Result<std::span<const u8>> bytes(MachineAddress address, u64 length) const = 0;

  // A copy of the T at `address`.
  template <class T>
  Result<T> read(MachineAddress address) const {
    return read_at<T>(TRY(bytes(address, sizeof(T))), 0);
  }

 protected:
  ~PhysicalReader() = default;
};

}  // namespace xenolith
