// SPDX-License-Identifier: MIT
// How an emulated instruction, or a step of it, ended.
#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "core/base/types.hpp"
#include "core/base/units.hpp"

namespace xenolith {

// Exceptions that emulation raises. AMD64 APM volume 2, 8.2 "Vectors".
namespace exception {
inline constexpr Vector invalid_opcode{6};
inline constexpr Vector stack_fault{12};
inline constexpr Vector general_protection{13};
inline constexpr Vector page_fault{14};
}  // namespace exception

class [[nodiscard]] Outcome {
 public:
  enum class Kind : u8 {
    done,          // performed; a whole instruction has advanced rip
    in_progress,   // a REP instruction has done a bounded number of iterations and stays at its rip: enter it again
    raise,         // inject vector(), error_code(), cr2(); rip is unchanged
    retry,         // nothing (or whole iterations only) changed: run the same instruction again, later
    unhandleable,  // the emulator does not know the instruction, or the port cannot serve the access
  };

  static constexpr Outcome done() { return Outcome{Kind::done}; }
  static constexpr Outcome in_progress() { return Outcome{Kind::in_progress}; }
  static constexpr Outcome retry() { return Outcome{Kind::retry}; }
  static constexpr Outcome unhandleable() { return Outcome{Kind::unhandleable}; }
  static constexpr Outcome raise(Vector vector, std::optional<u32> error_code = std::nullopt) {
    Outcome outcome{Kind::raise};
    outcome.vector_ = vector;
    outcome.error_code_ = error_code;
    return outcome;
  }
  static constexpr Outcome page_fault(GuestVirtual address, u32 error_code) {
    Outcome outcome = raise(exception::page_fault, error_code);
    outcome.cr2_ = address;
    return outcome;
  }

  constexpr Kind kind() const { return kind_; }
  constexpr Vector vector() const { return vector_; }
  constexpr std::optional<u32> error_code() const { return error_code_; }
  constexpr GuestVirtual cr2() const { return cr2_; }  // of a page fault

  constexpr bool operator==(const Outcome&) const = default;

  // What PERFORM needs, the same as Attempt's.
  constexpr bool stopped() const { return kind_ != Kind::done; }
  constexpr Outcome outcome() const { return *this; }
  constexpr void take() const {}

 private:
  constexpr explicit Outcome(Kind kind) : kind_{kind} {}

  Kind kind_;
  Vector vector_;
  std::optional<u32> error_code_;
  GuestVirtual cr2_;
};

// A value, or the Outcome other than done that prevented it.
template <class T>
class [[nodiscard]] Attempt {
 public:
  constexpr Attempt(Outcome outcome) : outcome_{outcome} {}
  template <class U = T>
    requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Attempt> &&
             !std::is_same_v<std::remove_cvref_t<U>, Outcome>)
  constexpr Attempt(U&& value) : outcome_{Outcome::done()}, value_{std::forward<U>(value)} {}

  constexpr bool stopped() const { return outcome_.stopped(); }
  constexpr Outcome outcome() const { return outcome_; }
  constexpr T take() { return std::move(value_); }

 private:
  Outcome outcome_;
  T value_{};
};

}  // namespace xenolith

// Evaluates an Attempt or Outcome expression: yields its value, or returns its outcome from the enclosing function.
#define PERFORM(expression)                                      \
  ({                                                             \
    auto&& attempt_ = (expression);                              \
    if (attempt_.stopped()) [[unlikely]]                         \
      return attempt_.outcome();                                 \
    attempt_.take();                                             \
  })
