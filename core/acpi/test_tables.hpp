// SPDX-License-Identifier: MIT
// A machine's ACPI tables in a test memory.
#pragma once

#include <string_view>
#include <vector>

#include "core/acpi/tables.hpp"
#include "core/base/test_memory.hpp"

namespace xenolith {

// Bytes of a table: header, body, right length and checksum.
inline std::vector<u8> make_table(std::string_view signature, std::vector<u8> body, u8 revision = 1) {
  std::vector<u8> table(AcpiTable::header_size);
  std::memcpy(table.data(), signature.data(), 4);
  table.insert(table.end(), body.begin(), body.end());
  u32 length = static_cast<u32>(table.size());
  std::memcpy(&table[4], &length, 4);
  table[8] = revision;
  std::memcpy(&table[10], "OEMID TABLEID ", 14);
  table[9] = static_cast<u8>(0 - acpi_sum(table));
  return table;
}

// Appends a number, little-endian.
template <class T>
void append(std::vector<u8>& bytes, T value) {
  auto* from = reinterpret_cast<const u8*>(&value);
  bytes.insert(bytes.end(), from, from + sizeof(T));
}

// A BIOS area from 0xe0000 to 0x100000 with an RSDP at 0xe0010, then the tables added.
class TestTables {
 public:
  static constexpr u64 base = 0xe0000, rsdp = 0xe0010;

  explicit TestTables(u8 revision = 2) : revision_{revision} {}

  u64 place(const std::vector<u8>& table) {
    u64 at = next_;
    std::memcpy(&bytes_[at - base], table.data(), table.size());
    next_ = (next_ + table.size() + 15) & ~u64{15};
    return at;
  }
  u64 add(const std::vector<u8>& table) {
    listed_.push_back(place(table));
    return listed_.back();
  }
  // Writes the directories and the RSDP.
  std::vector<u8> finish() {
    std::vector<u8> wide, narrow;
    for (u64 address : listed_) append(wide, address), append(narrow, static_cast<u32>(address));
    u64 xsdt = place(make_table("XSDT", wide)), rsdt = place(make_table("RSDT", narrow));
    std::vector<u8> pointer(36);
    std::memcpy(pointer.data(), "RSD PTR ", 8);
    std::memcpy(&pointer[9], "MAKER ", 6);
    pointer[15] = revision_;
    std::memcpy(&pointer[16], &rsdt, 4);
    pointer[20] = 36;
    std::memcpy(&pointer[24], &xsdt, 8);
    pointer[8] = static_cast<u8>(0 - acpi_sum(std::span{pointer}.first(20)));
    pointer[32] = static_cast<u8>(0 - acpi_sum(pointer));
    std::memcpy(&bytes_[rsdp - base], pointer.data(), pointer.size());
    return bytes_;
  }

 private:
  u8 revision_;
  std::vector<u8> bytes_ = std::vector<u8>(0x20000);
  u64 next_ = base + 0x100;
  std::vector<u64> listed_;
};

inline std::vector<u8> sample_madt() {
  std::vector<u8> body;
  append(body, u32{0xfee00000}), append(body, u32{1});
  auto entry = [&](std::initializer_list<int> bytes) {
    for (int byte : bytes) body.push_back(static_cast<u8>(byte));
  };
  entry({0, 8, 0, 0, 1, 0, 0, 0});
  entry({0, 8, 1, 2, 0, 0, 0, 0});
  entry({9, 16, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0});
  entry({1, 12, 2, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0});
  entry({2, 10, 0, 9, 9, 0, 0, 0, 0x0f, 0});
  entry({4, 6, 0xff, 5, 0, 1});
  entry({5, 12, 0, 0, 0, 0, 0xe0, 0xfe, 1, 0, 0, 0});
  return make_table("APIC", body, 3);
}

inline std::vector<u8> sample_fadt(size_t size = 276) {
  std::vector<u8> body(size - AcpiTable::header_size);
  auto put = [&](size_t at, auto value) {
    if (at + sizeof(value) <= size) std::memcpy(&body[at - AcpiTable::header_size], &value, sizeof(value));
  };
  put(36, u32{0xe8000}), put(40, u32{0xe9000}), put(46, u16{9}), put(48, u32{0xb2}), put(52, u8{2});
  put(56, u32{0x600}), put(64, u32{0x604}), put(76, u32{0x608}), put(88, u8{4}), put(89, u8{2}), put(91, u8{4});
  put(109, u16{2}), put(112, u32{1 << 8 | 1 << 10});
  put(116, u8{1}), put(117, u8{8}), put(120, u64{0xcf9}), put(128, u8{0xf});
  put(140, u64{0x1000e9000}), put(208, u8{1}), put(209, u8{32}), put(212, u64{0x1608});
  return make_table("FACP", body, 6);
}

}  // namespace xenolith
