// SPDX-License-Identifier: MIT
// Grant operations report one of the interface's grant statuses (<xen/grant_table.h>, "Values for error status returns")
// for each element of a batch, not an errno. GrantResult<T> is Result<T> with these.
#pragma once

#include <optional>
#include <utility>

#include "core/base/interface.hpp"
#include "core/base/types.hpp"

namespace xenolith {

enum class GrantStatus : i16 {
  okay = GNTST_okay,
  general_error = GNTST_general_error,
  bad_domain = GNTST_bad_domain,
  bad_ref = GNTST_bad_gntref,
  bad_handle = GNTST_bad_handle,
  bad_virtual_address = GNTST_bad_virt_addr,
  permission_denied = GNTST_permission_denied,
  bad_page = GNTST_bad_page,
  bad_copy_argument = GNTST_bad_copy_arg,
  again = GNTST_eagain,
  no_space = GNTST_no_space,
};

struct GrantFailure {
  GrantStatus status;
};

template <class T>
class [[nodiscard]] GrantResult {
 public:
  GrantResult(GrantFailure failure) : status_{failure.status} {}
  GrantResult(T value) : value_{std::in_place, std::move(value)} {}

  bool failed() const { return !value_.has_value(); }
  explicit operator bool() const { return value_.has_value(); }
  GrantStatus status() const { return status_; }
  T& operator*() { return *value_; }
  T* operator->() { return &*value_; }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
  GrantStatus status_ = GrantStatus::okay;
};

template <>
class [[nodiscard]] GrantResult<void> {
 public:
  GrantResult() = default;
  GrantResult(GrantFailure failure) : status_{failure.status} {}

  bool failed() const { return status_ != GrantStatus::okay; }
  explicit operator bool() const { return !failed(); }
  GrantStatus status() const { return status_; }
  void take() {}

 private:
  GrantStatus status_ = GrantStatus::okay;
};

// As the status field of an operation's structure has it.
template <class T>
i16 status_field(const GrantResult<T>& result) {
  return static_cast<i16>(result.status());
}

}  // namespace xenolith

// TRY for GrantResult: yields the value, or returns the failure from the enclosing function.
#define TRY_GRANT(expression)                                   \
  ({                                                            \
    auto&& try_grant_ = (expression);                           \
    if (try_grant_.failed()) [[unlikely]]                       \
      return ::xenolith::GrantFailure{try_grant_.status()};     \
    try_grant_.take();                                          \
  })
