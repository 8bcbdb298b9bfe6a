// SPDX-License-Identifier: MIT
// GuestHandle<T>: a guest-virtual address of an array of T that a hypercall argument names. Each element is copied
// in once and checked as a copy; nothing is dereferenced. For a vCPU that makes a call in 32-bit mode the elements lie there in
// the 32-bit layout, and are converted on the way (docs/compat.md).
#pragma once

#include <arch/guest_layout.hpp>
#include <arch/guest_memory.hpp>

#include <cstddef>
#include <span>
#include <type_traits>

#include "core/base/result.hpp"
#include "core/base/units.hpp"
#include "core/domain/vcpu.hpp"
#include "core/hypercall/guest_long.hpp"

namespace xenolith {

template <class T>
class GuestHandle {
  static_assert(std::is_trivially_copyable_v<T>);
  using Layout = arch::GuestLayout<T>;

 public:
  explicit GuestHandle(GuestVirtual address) : address_{address} {}
  explicit GuestHandle(u64 address) : address_{address} {}
  explicit GuestHandle(const T* field) : address_{reinterpret_cast<u64>(field)} {}  // .p of XEN_GUEST_HANDLE

  bool is_null() const { return address_.raw() == 0; }
  GuestVirtual address(u64 index = 0) const {
    static_assert(Layout::same, "where an element lies depends on the caller: size_for()");
    return address_ + index * sizeof(T);
  }
  GuestHandle operator+(u64 elements) const { return GuestHandle{address(elements)}; }
  // Bytes of an element in this caller's layout.
  static u64 size_for(const Vcpu& vcpu) {
    if constexpr (!Layout::same)
      if (vcpu.call_words() == GuestWordSize::bits32) return sizeof(typename Layout::Narrow);
    return sizeof(T);
  }

  // Fails with EFAULT.
  Result<T> read(Vcpu& vcpu, u64 index = 0) const {
    if constexpr (!Layout::same)
      if (vcpu.call_words() == GuestWordSize::bits32) return read_narrow(vcpu, index);
    T value;
    TRY(arch::read_guest(vcpu, std::as_writable_bytes(std::span{&value, 1}), address_ + index * sizeof(T)));
    return value;
  }
  // Fails with EFAULT, ERANGE (GuestLong).
  Result<void> write(Vcpu& vcpu, const T& value, u64 index = 0) const {
    if constexpr (!Layout::same)
      if (vcpu.call_words() == GuestWordSize::bits32) return write_narrow(vcpu, value, index);
    return arch::write_guest(vcpu, address_ + index * sizeof(T), std::as_bytes(std::span{&value, 1}));
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
    if constexpr (!Layout::same)
      if (vcpu.call_words() == GuestWordSize::bits32) return write_field_narrow(vcpu, member, value);
    alignas(Structure) static constexpr char origin[sizeof(Structure)]{};
    u64 offset = reinterpret_cast<u64>(&(reinterpret_cast<const Structure*>(origin)->*member)) -
                 reinterpret_cast<u64>(origin);
    return arch::write_guest(vcpu, address_ + offset, std::as_bytes(std::span{&value, 1}));
  }

 private:
  // What the conversion does not name is zero, or stays.
  Result<T> read_narrow(Vcpu& vcpu, u64 index) const {
    typename Layout::Narrow narrow;
    TRY(arch::read_guest(vcpu, std::as_writable_bytes(std::span{&narrow, 1}), address_ + index * sizeof(narrow)));
    T value{};
    Layout::copy(value, narrow);
    return value;
  }
  Result<void> write_narrow(Vcpu& vcpu, const T& value, u64 index) const {
    typename Layout::Narrow narrow{};
    if constexpr (requires { Layout::fits(value); })
      if (!Layout::fits(value)) return Failure{XEN_ERANGE};
    Layout::copy(narrow, value);
    return arch::write_guest(vcpu, address_ + index * sizeof(narrow), std::as_bytes(std::span{&narrow, 1}));
  }
  // The field's place is only known through the conversion: the whole structure goes in and out.
  template <class Structure, class Member>
  Result<void> write_field_narrow(Vcpu& vcpu, Member Structure::*member, const Member& value) const {
    T whole = TRY(read_narrow(vcpu, 0));
    whole.*member = value;
    return write_narrow(vcpu, whole, 0);
  }

  GuestVirtual address_;
};

}  // namespace xenolith
