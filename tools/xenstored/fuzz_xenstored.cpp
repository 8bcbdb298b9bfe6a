// SPDX-License-Identifier: MIT
// Fuzzes what a guest can send: the input is a stream of messages, cut and answered as by the daemon.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "tools/base/error.hpp"
#include "tools/xenstored/store.hpp"

namespace {

using namespace xenolith::tools;
using namespace xenolith::tools::xenstored;

class NoHost final : public StoreHost {
 public:
  void connect_domain(DomainId, Gfn, Port, Connection&) override {}
  void disconnect_domain(DomainId) noexcept override {}
  std::optional<std::string> control(const std::vector<std::string_view>&) override { return std::nullopt; }
};

void drain(Connection& connection) {
  while (!connection.pending().empty()) connection.sent(connection.pending().size());
}

// The store's own view of its health.
void check(Store& store) {
  Connection& dom0 = store.connect(Caller::of(DomainId(0)));
  store.handle(dom0, {MessageType::control, 1, 0, join_strings({"check"})});
  if (dom0.pending().substr(message_header_size, 3) != "OK:") std::abort();
  store.disconnect(dom0);
}

void add_seed(std::vector<std::vector<uint8_t>>& seeds, const std::vector<Message>& messages) {
  std::string bytes;
  for (const Message& message : messages) bytes += encode(message);
  seeds.emplace_back(bytes.begin(), bytes.end());
}

}  // namespace

extern "C" void xenolith_fuzz_seeds(std::vector<std::vector<uint8_t>>& seeds) {
  add_seed(seeds, {{MessageType::watch, 1, 0, join_strings({"a", "t"})},
                   {MessageType::write, 2, 0, join_strings({"a/b", "value"})},
                   {MessageType::directory_part, 3, 0, join_strings({"a", "0"})},
                   {MessageType::rm, 4, 0, join_strings({"a"})}});
  add_seed(seeds, {{MessageType::transaction_start, 1, 0, join_strings({""})},
                   {MessageType::mkdir, 2, 1, join_strings({"x/y/z"})},
                   {MessageType::set_perms, 3, 1, join_strings({"x", "b5", "r1"})},
                   {MessageType::transaction_end, 4, 1, join_strings({"T"})},
                   {MessageType::reset_watches, 5, 0, ""}});
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  NoHost host;
  Store store(host);
  Connection& dom0 = store.connect(Caller::of(DomainId(0)));
  store.handle(dom0, {MessageType::mkdir, 1, 0, join_strings({"/local/domain/5"})});
  store.handle(dom0, {MessageType::set_perms, 1, 0, join_strings({"/local/domain/5", "n5"})});
  Connection& guest = store.connect(Caller::of(DomainId(5)));
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    while (!bytes.empty()) {
      size_t count = std::min(bytes.size(), guest.input.wanted());
      guest.input.add(bytes.substr(0, count));
      bytes.remove_prefix(count);
      auto message = guest.input.next();
      if (!message) continue;
      store.handle(guest, *message);
      drain(guest);
    }
  } catch (const Error&) {
    // A message that is too long ends the connection.
  }
  check(store);
  store.disconnect(guest);
  check(store);
  return 0;
}
