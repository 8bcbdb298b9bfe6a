// SPDX-License-Identifier: MIT
// What a guest tells: see docs/testing.md, "Test guests".
#pragma once

#include "core/base/format.hpp"

namespace xenolith::guest {

void print_line(std::string_view format, std::span<const FormatArgument> arguments);

// Anything worth reading in the log.
template <class... Arguments>
void note(std::string_view format, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  print_line(format, {list, sizeof...(Arguments)});
}

// Tells "Error: ..." and powers off: nothing more can be tested.
[[noreturn]] void fail_and_end(std::string_view format, std::span<const FormatArgument> arguments);
template <class... Arguments>
[[noreturn]] void fail(std::string_view format, const Arguments&... arguments) {
  const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
  fail_and_end(format, {list, sizeof...(Arguments)});
}

// One thing that is checked, with any number of expectations. When it goes out of scope it tells success, or the first
// expectation that was not met, or why it was skipped. Usable from one vCPU at a time.
class Check {
 public:
  explicit Check(std::string_view name) : name_{name} {}
  Check(const Check&) = delete;
  Check& operator=(const Check&) = delete;
  ~Check();

  // Each returns whether it was met.
  template <class... Arguments>
  bool expect(bool met, std::string_view format, const Arguments&... arguments) {
    const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
    if (!met) set(Verdict::failure, format, {list, sizeof...(Arguments)});
    return met;
  }
  template <class A, class B>
  bool equal(A got, B wanted, std::string_view what) {
    return expect(got == static_cast<A>(wanted), "{} is {} ({:#x}), not {} ({:#x})", what, got, got, static_cast<A>(wanted),
                  static_cast<A>(wanted));
  }
  template <class... Arguments>
  void skip(std::string_view format, const Arguments&... arguments) {
    const FormatArgument list[] = {FormatArgument{arguments}..., FormatArgument{}};
    set(Verdict::skip, format, {list, sizeof...(Arguments)});
  }

 private:
  enum class Verdict : u8 { success, skip, failure };
  void set(Verdict verdict, std::string_view format, std::span<const FormatArgument> arguments);

  std::string_view name_;
  Verdict verdict_ = Verdict::success;
  char why_[200];
  size_t why_length_ = 0;
};

}  // namespace xenolith::guest
