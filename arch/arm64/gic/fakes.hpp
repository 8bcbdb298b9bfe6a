// SPDX-License-Identifier: MIT
// For tests: models of GIC registers, and a virtual interface that a test plays the guest of.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "arch/arm64/gic/register_port.hpp"
#include "arch/arm64/gic/system_register_port.hpp"
#include "arch/arm64/gic/virtual_interface.hpp"

namespace xenolith::gic {

// Remembers writes; pairs of set and clear registers show one state.
class FakeRegisters : public RegisterPort {
 public:
  struct Write {
    u32 offset;
    u64 value;
    bool operator==(const Write&) const = default;
  };

  u32 read(u32 offset) override {
    if (auto pair = pair_of(offset)) return words[pair->first];
    return words[offset];
  }
  void write(u32 offset, u32 value) override {
    writes.push_back({offset, value});
    auto pair = has_pairs ? pair_of(offset) : nullptr;
    if (!pair) words[offset] = value;
    else if (offset < pair->second) words[pair->first + (offset - pair->first)] |= value;
    else words[offset - (pair->second - pair->first)] &= ~value;
  }
  u64 read64(u32 offset) override { return u64{words[offset]} | u64{words[offset + 4]} << 32; }
  void write64(u32 offset, u64 value) override {
    writes.push_back({offset, value});
    words[offset] = static_cast<u32>(value);
    words[offset + 4] = static_cast<u32>(value >> 32);
  }
  void write8(u32 offset, u8 value) override {
    writes.push_back({offset, value});
    u32& word = words[offset & ~3u];
    word = (word & ~(0xffu << offset % 4 * 8)) | u32{value} << offset % 4 * 8;
  }

  std::map<u32, u32> words;
  std::vector<Write> writes;
  bool has_pairs = false;  // offsets 0x100 to 0x3ff are a distributor's

 private:
  struct Pair {
    u32 first, second;
  };
  const Pair* pair_of(u32 offset) const {
    static constexpr Pair pairs[] = {{0x100, 0x180}, {0x200, 0x280}, {0x300, 0x380}};
    if (!has_pairs) return nullptr;
    for (const Pair& pair : pairs)
      if (offset >= pair.first && offset < pair.first + 0x100) return &pair;
    return nullptr;
  }
};

class FakeDistributorRegisters final : public FakeRegisters {
 public:
  FakeDistributorRegisters() { has_pairs = true; }
  u32 read(u32 offset) override {
    if (offset >= 0x180 && offset < 0x200) return words[offset - 0x80];
    return words[offset];
  }
};

class FakeSystemRegisters final : public SystemRegisterPort {
 public:
  u64 read(SystemRegister number) override { return values[static_cast<unsigned>(number)]; }
  void write(SystemRegister number, u64 value) override {
    values[static_cast<unsigned>(number)] = value;
    unsynchronized = true;
  }
  void synchronize() override { unsynchronized = false; }
  u64& operator[](SystemRegister number) { return values[static_cast<unsigned>(number)]; }

  std::array<u64, static_cast<unsigned>(SystemRegister::end)> values{};
  bool unsynchronized = false;
};

// List registers with a guest that acknowledges and ends interrupts as the processor would.
class FakeVirtualInterface final : public VirtualInterface {
 public:
  explicit FakeVirtualInterface(unsigned count = 4) : count_{count} {}

  unsigned list_registers() const override { return count_; }
  ListRegister read_list(unsigned index) override { return list.at(index); }
  void write_list(unsigned index, const ListRegister& value) override {
    list.at(index) = value;
    ++writes;
  }
  void enable(bool tell) override {
    is_enabled = true;
    tells = tell;
    ends = 0;
  }
  void disable() override { is_enabled = false; }
  unsigned ends_without_list() override { return ends; }
  u32 control() override { return state.control; }
  void load(const VirtualInterfaceState& from) override {
    is_enabled = false;
    state = from;
  }
  void save(VirtualInterfaceState& to) override { to = state; }

  // ---- the guest's side
  // Takes the most urgent pending interrupt: its register, -1 when there is none.
  int acknowledge() {
    int best = -1;
    for (unsigned i = 0; i < count_; ++i)
      if (list[i].pending && !list[i].active && (best < 0 || list[i].priority < list[static_cast<unsigned>(best)].priority))
        best = static_cast<int>(i);
    if (best < 0 || !is_enabled) return -1;
    ListRegister& taken = list[static_cast<unsigned>(best)];
    taken.pending = false;
    taken.active = true;
    return best;
  }
  // The number of the interrupt taken; 1023 when there is none.
  u32 take() {
    int index = acknowledge();
    return index < 0 ? 1023 : list[static_cast<unsigned>(index)].intid;
  }
  void end(u32 intid) {
    for (unsigned i = 0; i < count_; ++i) {
      if (list[i].intid != intid || !list[i].active) continue;
      list[i].active = false;
      if (list[i].hardware) deactivated.push_back(list[i].physical);
      if (list[i].tell_end && !list[i].pending) told = true;
      return;
    }
    ++ends;
  }
  const ListRegister* find(u32 intid) const {
    for (unsigned i = 0; i < count_; ++i)
      if (!list[i].is_empty() && list[i].intid == intid) return &list[i];
    return nullptr;
  }
  bool has_pending() const {
    for (unsigned i = 0; i < count_; ++i)
      if (list[i].pending) return true;
    return false;
  }
  // Maintenance interrupt.
  bool has_maintenance() const { return is_enabled && (told || (tells && !has_pending())); }

  std::array<ListRegister, most_list_registers> list{};
  bool is_enabled = false, tells = false, told = false;
  unsigned ends = 0, writes = 0;
  VirtualInterfaceState state;
  std::vector<u32> deactivated;  // at the machine

 private:
  unsigned count_;
};

}  // namespace xenolith::gic
