// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "tools/base/error.hpp"

namespace xenolith::tools {

// The message of the Error that `body` throws; empty if it throws none.
template <typename F>
std::string message_of(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace xenolith::tools
