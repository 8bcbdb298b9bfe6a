// SPDX-License-Identifier: MIT
// For tests: a stretch of linear memory, and I/O ports that remember what they were told.
#pragma once

#include <cstring>
#include <map>
#include <vector>

#include "arch/x86/insn/emulator_port.hpp"

namespace xenolith::testing {

class FakePort final : public EmulatorPort {
 public:
  FakePort(u64 base, size_t size) : base_{base}, bytes_(size) {}

  std::vector<u8>& bytes() { return bytes_; }
  u64 value(u64 address, unsigned size) {
    u64 number = 0;
    std::memcpy(&number, &bytes_.at(address - base_), size);
    return number;
  }
  void set_value(u64 address, unsigned size, u64 number) { std::memcpy(&bytes_.at(address - base_), &number, size); }

  Attempt<u64> read_memory(GuestVirtual address, unsigned size, Access access) override {
    ++reads;
    PERFORM(check(address, size, access == Access::modify));
    return value(address.raw(), size);
  }
  Outcome write_memory(GuestVirtual address, unsigned size, u64 number) override {
    ++writes;
    PERFORM(check(address, size, true));
    if (size < 8 && number >> (8 * size)) ++violations;
    set_value(address.raw(), size, number);
    return Outcome::done();
  }
  Attempt<u64> compare_exchange(GuestVirtual address, unsigned size, u64 expected, u64 desired) override {
    ++exchanges;
    PERFORM(check(address, size, true));
    if (interference > 0) {
      --interference;
      set_value(address.raw(), size, value(address.raw(), size) + 1);
    }
    u64 held = value(address.raw(), size);
    if (held == expected) set_value(address.raw(), size, desired);
    return held;
  }
  Outcome probe_write(GuestVirtual address, unsigned size) override { return check(address, size, true); }
  Attempt<u64> read_io(u16 port, unsigned size) override {
    if (io_retries > 0) return --io_retries, Outcome::retry();
    io.push_back({port, size, 0, false});
    return io_value++;
  }
  Outcome write_io(u16 port, unsigned size, u64 number) override {
    if (io_retries > 0) return --io_retries, Outcome::retry();
    io.push_back({port, size, number, true});
    return Outcome::done();
  }
  void commit() override { ++commits; }

  struct Io {
    u16 port;
    unsigned size;
    u64 value;
    bool is_write;
    bool operator==(const Io&) const = default;
  };
  std::vector<Io> io;
  u64 io_value = 0x11223344;
  int io_retries = 0;
  int interference = 0;  // how often another CPU wins against compare_exchange
  u64 read_only_from = ~u64{0};
  unsigned reads = 0, writes = 0, exchanges = 0, commits = 0, violations = 0;

 private:
  Outcome check(GuestVirtual address, unsigned size, bool is_write) {
    if (size != 1 && size != 2 && size != 4 && size != 8) ++violations;
    u64 offset = address.raw() - base_;
    bool inside = offset < bytes_.size() && size <= bytes_.size() - offset;
    if (inside && !(is_write && address.raw() >= read_only_from)) return Outcome::done();
    return Outcome::page_fault(address, is_write ? 2 : 0);
  }

  u64 base_;
  std::vector<u8> bytes_;
};

}  // namespace xenolith::testing
