// SPDX-License-Identifier: MIT
#include "tools/xenstored/journal_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "tools/base/daemon_files.hpp"
#include "tools/base/error.hpp"
#include "tools/xenstored/state.hpp"

namespace xenolith::tools::xenstored {

namespace {
constexpr size_t fewest_bytes = 4 << 20;
constexpr size_t times_the_base = 4;
}  // namespace

std::string JournalFile::base() const { return read_file(base_path_); }
std::string JournalFile::records() const { return read_file(records_path_); }

// Records of before the base may stay for a moment; reading them again does no harm.
void JournalFile::begin(EventLoop& loop, Store& store) {
  std::string base = save_base(store);
  replace_file(base_path_, base);
  int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC;
  records_ = UniqueFd(check(::open(records_path_.c_str(), flags, 0600), "opening {}", records_path_));
  bytes_ = 0;
  limit_ = std::max(fewest_bytes, base.size() * times_the_base);
  store.journal = [this, &loop, &store](const std::string& record) { add(loop, store, record); };
}

// A journal with a gap would be worse than none: it ends at the first error.
void JournalFile::add(EventLoop& loop, Store& store, const std::string& record) {
  if (::write(records_.get(), record.data(), record.size()) != static_cast<ssize_t>(record.size())) {
    ::unlink(base_path_.c_str());
    ::unlink(records_path_.c_str());
    rebase_ = loop.soon([&store] { store.journal = nullptr; });
    return;
  }
  bool was_over = bytes_ > limit_;
  bytes_ += record.size();
  if (bytes_ > limit_ && !was_over) rebase_ = loop.soon([this, &loop, &store] { begin(loop, store); });
}

void JournalFile::end(Store& store) {
  store.journal = nullptr;
  records_.reset();
  ::unlink(records_path_.c_str());
  ::unlink(base_path_.c_str());
}

}  // namespace xenolith::tools::xenstored
