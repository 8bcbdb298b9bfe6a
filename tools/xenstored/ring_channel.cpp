// SPDX-License-Identifier: MIT
#include "tools/xenstored/ring_channel.hpp"

#include "tools/base/error.hpp"

namespace xenolith::tools::xenstored {

RingChannel::RingChannel(std::unique_ptr<RingLink> link, Connection& connection)
    : link_(std::move(link)), ring_(static_cast<xenstore_domain_interface*>(link_->page())), connection_(connection) {
  ring_.announce_features();
}

void RingChannel::refuse(uint32_t error) {
  refused_ = true;
  ring_.set_error(error);
  link_->notify();
}

std::optional<Message> RingChannel::next_request(Store& store, bool& more) {
  more = false;
  if (refused_ || !connection_.may_ask(store.limits)) return std::nullopt;
  bool taken = false;
  std::optional<Message> message;
  try {
    while (!(message = connection_.input.next())) {
      std::string bytes = ring_.take(connection_.input.wanted());
      if (bytes.empty()) break;
      taken = true;
      connection_.input.add(bytes);
    }
    more = message && ring_.has_requests();
  } catch (const Error& error) {
    refuse(error.code() == EPROTO ? XENSTORE_ERROR_PROTO : XENSTORE_ERROR_RINGIDX);
    return std::nullopt;
  }
  if (taken) link_->notify();
  return message;
}

void RingChannel::flush() {
  if (refused_) return;
  bool sent = false;
  try {
    while (!connection_.pending().empty()) {
      size_t count = ring_.put(connection_.pending());
      if (count == 0) break;
      connection_.sent(count);
      sent = true;
    }
  } catch (const Error&) {
    return refuse(XENSTORE_ERROR_RINGIDX);
  }
  if (sent) link_->notify();
}

void RingChannel::check_reconnection(Store& store) {
  if (!ring_.wants_reconnection()) return;
  store.reset(connection_);
  refused_ = false;
  ring_.reconnect();
  link_->notify();
}

}  // namespace xenolith::tools::xenstored
