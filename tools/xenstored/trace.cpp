// SPDX-License-Identifier: MIT
#include "tools/xenstored/trace.hpp"

#include <ctime>

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

namespace {

const char* const type_names[] = {
    "CONTROL", "DIRECTORY", "READ", "GET_PERMS", "WATCH", "UNWATCH", "TRANSACTION_START", "TRANSACTION_END",
    "INTRODUCE", "RELEASE", "GET_DOMAIN_PATH", "WRITE", "MKDIR", "RM", "SET_PERMS", "WATCH_EVENT", "ERROR",
    "IS_DOMAIN_INTRODUCED", "RESUME", "SET_TARGET", "UNKNOWN", "RESET_WATCHES", "DIRECTORY_PART"};

const char* name_of(MessageType type) {
  auto number = static_cast<uint32_t>(type);
  return number < std::size(type_names) ? type_names[number] : "UNKNOWN";
}

std::string printable(std::string_view body) {
  std::string text;
  for (char c : body) text += c == '\0' ? ' ' : c >= ' ' && c <= '~' ? c : '.';
  return text;
}

}  // namespace

void Trace::line(const std::string& text) {
  if (!file_) return;
  std::time_t now = std::time(nullptr);
  std::tm local;
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d %H:%M:%S", localtime_r(&now, &local));
  fmt::print(file_.get(), "{} {}\n", stamp, text);
  std::fflush(file_.get());
}

void Trace::open(const std::string& path, Store& store) {
  std::unique_ptr<FILE, Close> file(std::fopen(path.c_str(), "ae"));
  if (!file) fail_errno("opening {}", path);
  file_ = std::move(file);
  path_ = path;
  store.trace = [this](const Connection& connection, const Message& message, const Message& answer) {
    const void* who = &connection;
    line(fmt::format("{} domain {} IN {} ({})", who, connection.caller.domain, name_of(message.type),
                     printable(message.body)));
    line(fmt::format("{} domain {} OUT {} ({})", who, connection.caller.domain, name_of(answer.type),
                     printable(answer.body)));
  };
}

void Trace::stop(Store& store) {
  store.trace = nullptr;
  file_.reset();
}

}  // namespace xenolith::tools::xenstored
