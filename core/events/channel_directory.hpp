// SPDX-License-Identifier: MIT
// ChannelDirectory: a domain's channels by port number, in pages of 64 that are allocated when first needed and stay.
#pragma once

#include <array>
#include <atomic>

#include "core/base/bits.hpp"
#include "core/base/result.hpp"
#include "core/events/channel.hpp"

namespace xenolith {

class ChannelDirectory {
 public:
  static constexpr u32 per_bucket = page_size / sizeof(Channel);
  static constexpr u32 buckets_per_group = 64;
  static constexpr u32 per_group = per_bucket * buckets_per_group;
  static constexpr u32 groups = EVTCHN_FIFO_NR_CHANNELS / per_group;

  explicit ChannelDirectory(EventTable& table) : table_{table} {}
  ~ChannelDirectory();
  ChannelDirectory(const ChannelDirectory&) = delete;
  ChannelDirectory& operator=(const ChannelDirectory&) = delete;

  // Ports below this number have a channel.
  u32 size() const { return size_.load(std::memory_order_acquire); }  // pairs with the release in grow()
  // The channel of a port that a guest named; nullptr if there is none. Any context.
  Channel* find(Port port) const {
    u32 size = this->size();
    if (port.raw() >= size) [[unlikely]] return nullptr;
    return &at(static_cast<u32>(clamp_index_speculative(port.raw(), size)));
  }
  // The channel of a port below size().
  Channel& at(u32 port) const {
    return groups_[port / per_group]->buckets[port / per_bucket % buckets_per_group][port % per_bucket];
  }
  // Adds a bucket of channels. Fails with ENOMEM, or with ENOSPC when full. Under the table's lock.
  Result<void> grow();

 private:
  struct Group {
    std::array<Channel*, buckets_per_group> buckets;
  };

  std::atomic<u32> size_{0};
  EventTable& table_;
  std::array<Group*, groups> groups_{};  // entries below size() do not change
};

}  // namespace xenolith
