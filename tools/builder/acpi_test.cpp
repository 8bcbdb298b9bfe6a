// SPDX-License-Identifier: MIT
#include "tools/builder/acpi.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>
#include <span>
#include <string>

#include "tools/builder/aml.hpp"

namespace xenolith::tools {
namespace {

constexpr uint64_t address = 0xfc000000;

template <typename T>
T at(std::span<const uint8_t> bytes, size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

unsigned sum(std::span<const uint8_t> bytes) { return std::accumulate(bytes.begin(), bytes.end(), 0u) & 0xff; }

// A table by its guest-physical address.
std::span<const uint8_t> table_at(const AcpiTables& all, uint64_t where) {
  auto rest = std::span(all.tables).subspan(where - address);
  return rest.first(at<uint32_t>(rest, 4));
}

std::string signature(std::span<const uint8_t> table) { return std::string(table.begin(), table.begin() + 4); }

TEST(Acpi, TablesLeadToEachOtherAndAddUp) {
  for (uint32_t max_vcpus : {1u, 2u, 31u, 128u}) {
    AcpiTables all = make_acpi_tables({address, 1, max_vcpus});
    ASSERT_EQ(all.rsdp.size(), 36u);
    EXPECT_EQ(std::string(all.rsdp.begin(), all.rsdp.begin() + 8), "RSD PTR ");
    EXPECT_EQ(sum(std::span(all.rsdp).first(20)), 0u);
    EXPECT_EQ(sum(all.rsdp), 0u);
    auto xsdt = table_at(all, at<uint64_t>(all.rsdp, 24));
    EXPECT_EQ(signature(xsdt), "XSDT");
    EXPECT_EQ(sum(xsdt), 0u);
    ASSERT_EQ(xsdt.size(), 36u + 2 * 8);
    auto fadt = table_at(all, at<uint64_t>(xsdt, 36));
    auto madt = table_at(all, at<uint64_t>(xsdt, 44));
    auto dsdt = table_at(all, at<uint64_t>(fadt, 140));
    EXPECT_EQ(signature(fadt) + signature(madt) + signature(dsdt), "FACPAPICDSDT");
    EXPECT_EQ(sum(fadt) + sum(madt) + sum(dsdt), 0u);
    EXPECT_TRUE(at<uint32_t>(fadt, 112) & 1 << 20) << "hardware-reduced";
    EXPECT_EQ(at<uint32_t>(fadt, 40), at<uint64_t>(fadt, 140));
  }
}

TEST(Acpi, MadtHasEachVcpuAndSaysWhichStart) {
  AcpiTables all = make_acpi_tables({address, 2, 128});
  auto xsdt = table_at(all, at<uint64_t>(all.rsdp, 24));
  auto madt = table_at(all, at<uint64_t>(xsdt, 44));
  auto entries = madt.subspan(44);
  uint32_t vcpu = 0;
  for (; !entries.empty(); entries = entries.subspan(entries[1]), ++vcpu) {
    ASSERT_EQ(entries[0], 0) << "a local APIC";
    EXPECT_EQ(entries[2], vcpu);
    EXPECT_EQ(entries[3], vcpu * 2);
    EXPECT_EQ(at<uint32_t>(entries, 4), vcpu < 2 ? 1u : 2u);
  }
  EXPECT_EQ(vcpu, 128u);
}

TEST(Acpi, ManyVcpusNeedX2Apics) {
  AcpiTables all = make_acpi_tables({address, 1, 130});
  auto madt = table_at(all, at<uint64_t>(table_at(all, at<uint64_t>(all.rsdp, 24)), 44));
  auto last = madt.last(16);
  EXPECT_EQ(last[0], 9);
  EXPECT_EQ(at<uint32_t>(last, 4), 258u);
  EXPECT_EQ(at<uint32_t>(last, 12), 129u);
}

TEST(Aml, PackageLengths) {
  // Scope, PkgLength, name of four bytes, content: the length counts itself.
  for (size_t size : {1u, 58u, 59u, 60u, 4089u, 4090u, 70000u}) {
    aml::Bytes bytes = aml::scope("ABCD", aml::Bytes(size));
    unsigned extra = bytes[1] >> 6;
    uint32_t length = extra ? bytes[1] & 0xf : bytes[1] & 0x3f;
    for (unsigned i = 0; i < extra; ++i) length |= uint32_t(bytes[2 + i]) << (4 + 8 * i);
    EXPECT_EQ(length, bytes.size() - 1) << size;
  }
}

TEST(Aml, Integers) {
  EXPECT_EQ(aml::integer(0), aml::Bytes{0});
  EXPECT_EQ(aml::integer(1), aml::Bytes{1});
  EXPECT_EQ(aml::integer(15), (aml::Bytes{0x0a, 15}));
  EXPECT_EQ(aml::integer(0x1234), (aml::Bytes{0x0b, 0x34, 0x12}));
  EXPECT_EQ(aml::integer(0x12345678), (aml::Bytes{0x0c, 0x78, 0x56, 0x34, 0x12}));
  EXPECT_EQ(aml::buffer(aml::Bytes{7, 8}), (aml::Bytes{0x11, 5, 0x0a, 2, 7, 8}));
}

}  // namespace
}  // namespace xenolith::tools
