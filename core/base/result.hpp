// SPDX-License-Identifier: MIT
// Result<T>: a value or one of Xen's error numbers (<xen/errno.h>, enum xen_errno).
// Functions that can fail return Result; callers propagate with TRY. There are no exceptions.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "core/base/types.hpp"

extern "C" {
#include <xen/errno.h>
}

namespace xenolith {

using Error = xen_errno;

// What a function returns to fail: `return Failure{XEN_EINVAL};`
struct Failure {
  Error error;
};

template <class T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  Result(Failure failure) : error_{failure.error} {}
  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Result> &&
             !std::is_same_v<std::remove_cvref_t<U>, Failure>)
  Result(U&& value) : value_{std::in_place, std::forward<U>(value)} {}

  explicit operator bool() const { return value_.has_value(); }
  bool failed() const { return !value_.has_value(); }
  Error error() const { return error_; }

  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  T take() { return std::move(*value_); }
  T value_or(T other) && { return value_ ? std::move(*value_) : std::move(other); }

 private:
  std::optional<T> value_;
  Error error_{};
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;

  Result() = default;
  Result(Failure failure) : error_{failure.error}, failed_{true} {}

  explicit operator bool() const { return !failed_; }
  bool failed() const { return failed_; }
  Error error() const { return error_; }
  void take() {}

 private:
  Error error_{};
  bool failed_ = false;
};

// Zero or minus the error number, as hypercalls return it.
inline i64 status_of(const Result<void>& result) { return result ? 0 : -static_cast<i64>(result.error()); }

}  // namespace xenolith

// Evaluates a Result expression: yields its value, or returns its failure from the enclosing function.
#define TRY(expression)                                           \
  ({                                                              \
    auto&& try_result_ = (expression);                            \
    if (try_result_.failed()) [[unlikely]]                        \
      return ::xenolith::Failure{try_result_.error()};            \
    try_result_.take();                                           \
  })
