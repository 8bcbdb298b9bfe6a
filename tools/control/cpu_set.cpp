// SPDX-License-Identifier: MIT
#include "tools/control/cpu_set.hpp"

#include <algorithm>
#include <bit>

namespace xenolith::tools {
namespace {

uint64_t word_at(const std::vector<uint64_t>& words, size_t index) { return index < words.size() ? words[index] : 0; }

}  // namespace

CpuSet CpuSet::first(uint32_t count) {
  CpuSet set;
  set.words_.assign(count / 64, ~uint64_t(0));
  if (count % 64) set.words_.push_back((uint64_t(1) << count % 64) - 1);
  return set;
}

CpuSet CpuSet::from_bytes(std::span<const uint8_t> bytes) {
  CpuSet set;
  set.words_.resize((bytes.size() + 7) / 8);
  for (size_t i = 0; i < bytes.size(); ++i) set.words_[i / 8] |= uint64_t(bytes[i]) << i % 8 * 8;
  return set;
}

void CpuSet::add(CpuId cpu) {
  size_t word = cpu.value() / 64;
  if (word >= words_.size()) words_.resize(word + 1);
  words_[word] |= uint64_t(1) << cpu.value() % 64;
}

void CpuSet::remove(CpuId cpu) {
  size_t word = cpu.value() / 64;
  if (word < words_.size()) words_[word] &= ~(uint64_t(1) << cpu.value() % 64);
}

bool CpuSet::contains(CpuId cpu) const { return word_at(words_, cpu.value() / 64) >> cpu.value() % 64 & 1; }

uint32_t CpuSet::count() const {
  uint32_t count = 0;
  for (uint64_t word : words_) count += uint32_t(std::popcount(word));
  return count;
}

uint32_t CpuSet::limit() const {
  for (size_t i = words_.size(); i-- > 0;)
    if (words_[i]) return uint32_t(i * 64 + std::bit_width(words_[i]));
  return 0;
}

std::vector<CpuId> CpuSet::members() const {
  std::vector<CpuId> members;
  for (size_t i = 0; i < words_.size(); ++i)
    for (uint64_t rest = words_[i]; rest; rest &= rest - 1)
      members.push_back(CpuId(uint32_t(i * 64 + std::countr_zero(rest))));
  return members;
}

std::vector<uint8_t> CpuSet::to_bytes(size_t bytes) const {
  std::vector<uint8_t> result(bytes);
  for (size_t i = 0; i < bytes; ++i) result[i] = uint8_t(word_at(words_, i / 8) >> i % 8 * 8);
  return result;
}

std::string CpuSet::text() const {
  std::string text;
  uint32_t end = limit();
  for (uint32_t from = 0; from < end; ++from) {
    if (!contains(CpuId(from))) continue;
    uint32_t to = from;
    while (contains(CpuId(to + 1))) ++to;
    if (!text.empty()) text += ',';
    text += to == from ? fmt::format("{}", from) : fmt::format("{}-{}", from, to);
    from = to;
  }
  return text.empty() ? "none" : text;
}

CpuSet CpuSet::operator&(const CpuSet& other) const {
  CpuSet result;
  result.words_.resize(std::min(words_.size(), other.words_.size()));
  for (size_t i = 0; i < result.words_.size(); ++i) result.words_[i] = words_[i] & other.words_[i];
  return result;
}

CpuSet CpuSet::operator|(const CpuSet& other) const {
  CpuSet result;
  result.words_.resize(std::max(words_.size(), other.words_.size()));
  for (size_t i = 0; i < result.words_.size(); ++i) result.words_[i] = word_at(words_, i) | word_at(other.words_, i);
  return result;
}

bool CpuSet::operator==(const CpuSet& other) const {
  for (size_t i = 0; i < std::max(words_.size(), other.words_.size()); ++i)
    if (word_at(words_, i) != word_at(other.words_, i)) return false;
  return true;
}

}  // namespace xenolith::tools
