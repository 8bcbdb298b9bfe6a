// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace xenolith {

// Where console text is shown. Called with LockRank::console held and interrupts off, in a panic without the lock.
class ConsoleSink {
 public:
  // Shows text; '\n' ends a line.
  virtual void write(std::string_view text) = 0;
  // Returns when all that was written is out, or the device takes no more.
  virtual void flush() {}
  // The device can go on: called by Console::service().
  virtual void service() {}

 protected:
  ~ConsoleSink() = default;

 private:
  friend class Console;
  ConsoleSink* next_ = nullptr;
};

}  // namespace xenolith
