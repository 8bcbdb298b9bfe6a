// SPDX-License-Identifier: MIT
// Access to a block of registers: the machine's, or a model of them in unit tests.
#pragma once

#include <cstddef>

#include "core/base/types.hpp"

namespace xenolith::gic {

class RegisterPort {
 public:
  virtual u32 read(u32 offset) = 0;
  virtual void write(u32 offset, u32 value) = 0;
  virtual u64 read64(u32 offset) = 0;
  virtual void write64(u32 offset, u64 value) = 0;
  virtual void write8(u32 offset, u8 value) = 0;

 protected:
  ~RegisterPort() = default;
};

// Registers of a device, mapped as such.
class DeviceRegisters final : public RegisterPort {
 public:
  constexpr DeviceRegisters() = default;
  explicit DeviceRegisters(void* base) : base_{static_cast<std::byte*>(base)} {}

  u32 read(u32 offset) override { return *at<u32>(offset); }
  void write(u32 offset, u32 value) override { *at<u32>(offset) = value; }
  u64 read64(u32 offset) override { return *at<u64>(offset); }
  void write64(u32 offset, u64 value) override { *at<u64>(offset) = value; }
  void write8(u32 offset, u8 value) override { *at<u8>(offset) = value; }

 private:
  template <class T>
  volatile T* at(u32 offset) const {
    return reinterpret_cast<volatile T*>(base_ + offset);
  }
  std::byte* base_ = nullptr;
};

}  // namespace xenolith::gic
