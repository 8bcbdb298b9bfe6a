// SPDX-License-Identifier: MIT
// GuestHandle<T>: a guest-virtual address of an array of T that a hypercall argument names. Each element is copied
// in once and checked as a copy; nothing is dereferenced.
#pragma once

#include <arch/guest_memory.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include "core/base/result.hpp"
#include "core/base/units.hpp"

namespace xenolith {

template <class T>
class GuestHandle {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit GuestHandle(GuestVirtual address) : address_{address} {}
  explicit GuestHandle(u64 address) : address_{address} {}
  explicit GuestHandle(const T* field) : address_{reinterpret_cast<u64>(field)} {}  // .p of XEN_GUEST_HANDLE

  bool is_null() const { return address_.raw() == 0; }
  GuestVirtual address(u64 index = 0) const { return address_ + index * sizeof(T); }
  GuestHandle operator+(u64 elements) const { return GuestHandle{address(elements)}; }

  // Fails with EFAULT.
  Result<T> read(Vcpu& vcpu, u64 index = 0) const {
    T value;
    TRY(arch::read_guest(vcpu, std::as_writable_bytes(std::span{&value, 1}), address(index)));
    return value;
  }
  Result<void> write(Vcpu& vcpu, const T& value, u64 index = 0) const {
    return arch::write_guest(vcpu, address(index), std::as_bytes(std::span{&value, 1}));
  }
  Result<void> read_array(Vcpu& vcpu, std::span<T> to, u64 index = 0) const {
    return arch::read_guest(vcpu, std::as_writable_bytes(to), address(index));
  }
  Result<void> write_array(Vcpu& vcpu, std::span<const T> from, u64 index = 0) const {
    return arch::write_guest(vcpu, address(index), std::as_bytes(from));
  }
  // Writes one member of element 0: handle.write_field(vcpu, &S::member, value).
  template <class Structure, class Member>
  Result<void> write_field(Vcpu& vcpu, Member Structure::*member, const Member& value) const {
    alignas(Structure) static constexpr char origin[sizeof(Structure)]{};
    u64 offset = reinterpret_cast<u64>(&(reinterpret_cast<const Structure*>(origin)->*member)) -
                 reinterpret_cast<u64>(origin);
    return arch::write_guest(vcpu, address_ + offset, std::as_bytes(std::span{&value, 1}));
  }

 private:
  GuestVirtual address_;
};

}  // namespace xenolith
