// SPDX-License-Identifier: MIT
#include "tools/xenstored/connection.hpp"

namespace xenolith::tools::xenstored {

bool Connection::may_ask(const Limits& limits) const {
  return caller.privileged || (*outstanding_ < limits.outstanding && pending_bytes_ <= limits.memory);
}

void Connection::queue(Item item) {
  pending_bytes_ += item.bytes.size();
  output_.push_back(std::move(item));
  if (output_.size() == 1 && on_output) on_output();
}

void Connection::answer(Message message, Cause cause) {
  queue({encode(message), std::move(cause), Clock::now(), false});
}

void Connection::event(std::string_view path, const std::string& token, Cause cause, size_t memory_limit) {
  std::string body = join_strings({path, token});
  if (body.size() > message_body_max) return;
  if (!caller.privileged && pending_bytes_ > memory_limit) return;
  std::string bytes = encode({MessageType::watch_event, 0, 0, std::move(body)});
  if (!waiting_events_.insert(bytes).second) return;
  queue({std::move(bytes), std::move(cause), Clock::now(), true});
}

std::string_view Connection::pending() const {
  if (output_.empty()) return {};
  return std::string_view(output_.front().bytes).substr(sent_of_first_);
}

void Connection::sent(size_t bytes) {
  if (bytes == 0 || output_.empty()) return;
  Item& first = output_.front();
  if (first.event && sent_of_first_ == 0) waiting_events_.erase(first.bytes);
  pending_bytes_ -= bytes;
  sent_of_first_ += bytes;
  if (sent_of_first_ < first.bytes.size()) return;
  sent_of_first_ = 0;
  output_.pop_front();
}

std::string Connection::all_pending() const {
  std::string all;
  for (const Item& item : output_) all += item.bytes;
  return all.substr(sent_of_first_);
}

void Connection::restore_pending(std::string bytes) {
  if (!bytes.empty()) queue({std::move(bytes), nullptr, Clock::now(), false});
}

void Connection::excuse_older_than(Clock::time_point time) {
  for (Item& item : output_) {
    if (item.since >= time) return;
    if (item.event) item.cause.reset();
  }
}

void Connection::forget_traffic() {
  input.clear();
  output_.clear();
  sent_of_first_ = pending_bytes_ = 0;
  waiting_events_.clear();
}

}  // namespace xenolith::tools::xenstored
