// SPDX-License-Identifier: MIT
// Type-safe text formatting in the style of std::format, without allocation:
//   {} {:x} {:#x} {:08x} {:5} {:<12} {:>12}   for integers, characters, booleans, strings, pointers and units.
// Output that does not fit the buffer is cut. A wrong format string prints the rest as it stands.
#pragma once

#include <concepts>
#include <span>
#include <string_view>
#include <type_traits>

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith {

class FormatArgument {
 public:
  enum class Kind : u8 { none, unsigned_number, signed_number, character, boolean, text, pointer };

  constexpr FormatArgument() = default;
  template <class T>
  constexpr FormatArgument(const T& value) {
    if constexpr (std::is_same_v<T, bool>) set(Kind::boolean, value);
    else if constexpr (std::is_same_v<T, char>) set(Kind::character, static_cast<u8>(value));
    else if constexpr (std::signed_integral<T>) set(Kind::signed_number, static_cast<u64>(static_cast<i64>(value)));
    else if constexpr (std::unsigned_integral<T>) set(Kind::unsigned_number, value);
    else if constexpr (std::is_enum_v<T>) set(Kind::signed_number, static_cast<u64>(static_cast<i64>(value)));
    else if constexpr (std::is_convertible_v<T, std::string_view>) text_ = std::string_view(value), kind_ = Kind::text;
    else if constexpr (std::is_pointer_v<T>) set(Kind::pointer, reinterpret_cast<u64>(value));
    else if constexpr (requires { value.raw(); }) set(Kind::unsigned_number, value.raw());
    else static_assert(!sizeof(T), "this type cannot be formatted");
  }

  Kind kind() const { return kind_; }
  u64 number() const { return number_; }
  std::string_view text() const { return text_; }

 private:
  constexpr void set(Kind kind, u64 number) { kind_ = kind, number_ = number; }

  Kind kind_ = Kind::none;
  u64 number_ = 0;
  std::string_view text_;
};

// Formats into `buffer`, returns the number of characters written (no terminating zero).
size_t format_to(std::span<char> buffer, std::string_view format, std::span<const FormatArgument> arguments);

template <class... Arguments>
size_t format(std::span<char> buffer, std::string_view text, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  return format_to(buffer, text, std::span{list, sizeof...(Arguments)});
}

}  // namespace xenolith
