// SPDX-License-Identifier: MIT
#include "tools/toolstack/vdev.hpp"

#include <charconv>
#include <climits>
#include <optional>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

// A disk and a partition of it (0: the whole disk), both from 0.
struct Position {
  int disk;
  int partition;
};

constexpr int extended = 1 << 28;          // numbers of the extended scheme have this bit
constexpr int xvd_disks = 1 << 20;
constexpr int old_scheme_limit = 16;       // disks and partitions of the older xvd scheme
constexpr int xvd_major = 202, sd_major = 8, ide0_major = 3, ide1_major = 22;

// The letters of a drive as a number: a is 0, z 25, aa 26. Takes them off `text`.
std::optional<int> take_letters(std::string_view& text, int limit) {
  int number = 0;
  size_t length = 0;
  while (length < text.size() && text[length] >= 'a' && text[length] <= 'z') {
    number = number * 26 + (text[length++] - 'a' + 1);
    if (number > limit) return std::nullopt;
  }
  if (length == 0) return std::nullopt;
  text.remove_prefix(length);
  return number - 1;
}

// A decimal number without leading zeroes; all of `text`.
std::optional<int> whole_number(std::string_view text, int limit) {
  if (text.empty() || (text[0] == '0' && text.size() > 1)) return std::nullopt;
  int value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value >= limit) return std::nullopt;
  return value;
}

std::optional<Position> drive(std::string_view name, std::string_view prefix, int disks, int partitions) {
  if (!name.starts_with(prefix)) return std::nullopt;
  name.remove_prefix(prefix.size());
  auto disk = take_letters(name, disks);
  if (!disk) return std::nullopt;
  if (name.empty()) return Position{*disk, 0};
  auto partition = whole_number(name, partitions);
  if (!partition || *partition == 0) return std::nullopt;
  return Position{*disk, *partition};
}

// dNpP
std::optional<Position> numbered(std::string_view name) {
  size_t p = name.find('p');
  if (!name.starts_with('d') || p == std::string_view::npos) return std::nullopt;
  auto disk = whole_number(name.substr(1, p - 1), xvd_disks);
  auto partition = whole_number(name.substr(p + 1), 256);
  if (!disk || !partition) return std::nullopt;
  return Position{*disk, *partition};
}

int xvd_number(Position position) {
  if (position.disk < old_scheme_limit && position.partition < old_scheme_limit)
    return xvd_major << 8 | position.disk << 4 | position.partition;
  return extended | position.disk << 8 | position.partition;
}

std::optional<int> plain_number(const std::string& name) {
  if (name.empty() || name[0] < '0' || name[0] > '9') return std::nullopt;
  char* end = nullptr;
  errno = 0;
  unsigned long value = std::strtoul(name.c_str(), &end, 0);
  if (errno || *end || value > INT_MAX) return std::nullopt;
  return static_cast<int>(value);
}

std::string letters(int disk) {
  std::string result(1, static_cast<char>('a' + disk % 26));
  return disk >= 26 ? letters(disk / 26 - 1) + result : result;
}

}  // namespace

int vdev_number(std::string_view name) {
  if (auto xvd = drive(name, "xvd", xvd_disks, 256)) return xvd_number(*xvd);
  if (auto position = numbered(name)) return xvd_number(*position);
  if (auto number = plain_number(std::string(name))) return *number;
  if (auto hd = drive(name, "hd", 4, 64))
    return (hd->disk < 2 ? ide0_major : ide1_major) << 8 | (hd->disk & 1) << 6 | hd->partition;
  if (auto sd = drive(name, "sd", 16, 16)) return sd_major << 8 | sd->disk << 4 | sd->partition;
  fail(EINVAL, "'{}' is no virtual disk: expected xvda, sda, hda, d0p1 or a number", name);
}

std::string vdev_name(int number) {
  bool wide = number & extended;
  int minor = wide ? number & (extended - 1) : number & 0xff;
  int partitions = wide ? 256 : 16;
  std::string name = "xvd" + letters(minor / partitions);
  int partition = minor % partitions;
  return partition ? name + std::to_string(partition) : name;
}

}  // namespace xenolith::tools
