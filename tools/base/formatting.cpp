// SPDX-License-Identifier: MIT
// The part of {fmt} that is not in its headers, for programs that load no libraries; Debian has no archive of it.
#include <fmt/format-inl.h>

namespace fmt {
inline namespace v9 {
namespace detail {

template char decimal_point_impl<char>(locale_ref);
template auto thousands_sep_impl<char>(locale_ref) -> thousands_sep_result<char>;

}  // namespace detail
}  // namespace v9
}  // namespace fmt
