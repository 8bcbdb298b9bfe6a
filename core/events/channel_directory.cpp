// SPDX-License-Identifier: MIT
#include "core/events/channel_directory.hpp"

#include <new>

#include "core/base/own.hpp"

namespace xenolith {

ChannelDirectory::~ChannelDirectory() {
  for (u32 port = 0; port < size(); port += per_bucket) heap_free(&at(port), page_size);
  for (Group* group : groups_)
    if (group) heap_free(group, sizeof(Group));
}

Result<void> ChannelDirectory::grow() {
  u32 first = size();
  if (first >= groups * per_group) return Failure{XEN_ENOSPC};
  Group*& group = groups_[first / per_group];
  if (!group) group = static_cast<Group*>(heap_allocate(sizeof(Group), alignof(Group)));
  if (!group) return Failure{XEN_ENOMEM};
  auto* bucket = static_cast<Channel*>(heap_allocate(page_size, page_size));
  if (!bucket) return Failure{XEN_ENOMEM};
  for (u32 i = 0; i < per_bucket; ++i) new (&bucket[i]) Channel(table_, Port{first + i});
  group->buckets[first / per_bucket % buckets_per_group] = bucket;
  size_.store(first + per_bucket, std::memory_order_release);  // pairs with the acquire in size()
  return {};
}

}  // namespace xenolith
