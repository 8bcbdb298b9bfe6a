// SPDX-License-Identifier: MIT
// Disk specifications: xl-disk-configuration(5). Fields are taken from the left; those without "=" that are no flags
// fill target, format, vdev and access in that order.
#include <algorithm>
#include <array>
#include <optional>

#include "tools/base/error.hpp"
#include "tools/config/config_reader.hpp"
#include "tools/config/config_value.hpp"
#include "tools/config/device_spec.hpp"
#include "tools/config/spec_fields.hpp"

namespace xenolith::tools {
namespace {

constexpr std::array<std::string_view, 7> formats = {"unknown", "qcow", "qcow2", "vhd", "raw", "empty", "qed"};
constexpr std::array<std::string_view, 5> backends = {"unknown", "phy", "tap", "qdisk", "standalone"};

// The index of a name other than "unknown".
template <typename E, size_t n>
E named(std::string_view what, std::string_view text, const std::array<std::string_view, n>& names) {
  auto found = std::find(names.begin() + 1, names.end(), text);
  if (found == names.end())
    fail(EINVAL, "{} is {}, expected one of {}", what, quoted(text), fmt::join(names.begin() + 1, names.end(), ", "));
  return static_cast<E>(found - names.begin());
}

class DiskParser {
 public:
  explicit DiskParser(std::string_view spec) : rest_(spec) {}

  DiskConfig parse() {
    while (true) {
      skip_blanks();
      if (rest_.empty()) break;
      if (rest_.starts_with("target=")) {
        set_text("target", target_, rest_.substr(7));
        break;
      }
      if (take_prefix()) continue;
      size_t comma = std::min(rest_.find(','), rest_.size());
      field(rest_.substr(0, comma));
      rest_.remove_prefix(std::min(comma + 1, rest_.size()));
    }
    return finish();
  }

 private:
  void skip_blanks() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' || rest_.front() == '\n'))
      rest_.remove_prefix(1);
  }

  // "phy:", "file:", "tap:aio:qcow2:", "iscsi:" and the like, before the target.
  bool take_prefix() {
    if (target_) return false;
    size_t colon = rest_.find_first_of(":,=/");
    if (colon == rest_.npos || rest_[colon] != ':') return false;
    std::string_view word = rest_.substr(0, colon);
    constexpr std::array<std::string_view, 7> without_meaning = {"phy", "file", "ioemu",  "aio",
                                                                 "tap", "tap2", "tapdisk"};
    constexpr std::array<std::string_view, 4> scripts = {"iscsi", "nbd", "enbd", "drbd"};
    if (word == "raw" || word == "qcow" || word == "qcow2" || word == "vhd")
      set_format(word);
    else if (std::ranges::find(scripts, word) != scripts.end())
      set_text("script", script_, fmt::format("block-{}", word));
    else if (std::ranges::find(without_meaning, word) == without_meaning.end())
      fail(EINVAL, "unknown prefix {}", quoted(rest_.substr(0, colon + 1)));
    old_style_ = true;
    rest_.remove_prefix(colon + 1);
    return true;
  }

  void field(std::string_view text) {
    size_t equals = text.find('=');
    if (equals != text.npos)
      named_field(text.substr(0, equals), text.substr(equals + 1));
    else if (!flag(trim(text)))
      positional(text);
  }

  bool flag(std::string_view text) {
    if (text == "cdrom") disk_.cdrom = true;
    else if (text == "direct-io-safe") disk_.direct_io_safe = true;
    else if (text == "discard") disk_.discard = true;
    else if (text == "no-discard") disk_.discard = false;
    else if (text == "trusted") disk_.trusted = true;
    else if (text == "untrusted") disk_.trusted = false;
    else if (text == "no-colo") return true;
    else if (text == "colo") fail(ENOTSUP, "colo is not supported");
    else return false;
    return true;
  }

  void named_field(std::string_view key, std::string_view value) {
    value = trim(value);
    if (key == "format") set_format(value);
    else if (key == "vdev") set_text("vdev", vdev_, value);
    else if (key == "access") set_access(value);
    else if (key == "devtype") set_devtype(value);
    else if (key == "backend") disk_.backend.name = value;
    else if (key == "backendtype") disk_.backend_type = named<DiskBackend>("backendtype", value, backends);
    else if (key == "script") set_text("script", script_, value);
    else if (key == "specification") set_specification(value);
    else fail(EINVAL, "unknown parameter {}", quoted(key));
  }

  void positional(std::string_view text) {
    if (!target_) {
      target_ = text;
    } else if (!format_ && !old_style_) {
      if (target_->empty() && take_vdev_with_type(text))
        format_ = DiskFormat::empty;
      else
        set_format(trim(text));
    } else if (!vdev_) {
      if (!take_vdev_with_type(text)) vdev_ = trim(text);
    } else if (!access_set_) {
      set_access(trim(text));
    } else {
      fail(EINVAL, "there are more fields than target, format, vdev and access: {}", quoted(text));
    }
  }

  // "hdc:cdrom"
  bool take_vdev_with_type(std::string_view text) {
    size_t colon = text.rfind(':');
    if (colon == text.npos) return false;
    set_text("vdev", vdev_, trim(text.substr(0, colon)));
    set_devtype(trim(text.substr(colon + 1)));
    return true;
  }

  void set_format(std::string_view text) {
    DiskFormat format = text.empty() ? DiskFormat::raw : named<DiskFormat>("format", text, formats);
    if (format_ && *format_ != format) fail(EINVAL, "format is given twice, as {} and {}", format_name(*format_), text);
    format_ = format;
  }

  void set_access(std::string_view text) {
    if (text == "r" || text == "ro") disk_.writable = false;
    else if (text == "w" || text == "rw" || text.empty()) disk_.writable = true;
    else fail(EINVAL, "access is {}, expected r, ro, w or rw", quoted(text));
    access_set_ = true;
  }

  void set_devtype(std::string_view text) {
    if (text != "cdrom" && text != "disk") fail(EINVAL, "devtype is {}, expected disk or cdrom", quoted(text));
    disk_.cdrom = text == "cdrom";
  }

  void set_specification(std::string_view text) {
    if (text != "xen" && text != "virtio") fail(EINVAL, "specification is {}, expected xen or virtio", quoted(text));
    disk_.virtio = text == "virtio";
  }

  void set_text(std::string_view what, std::optional<std::string>& field, std::string_view value) {
    if (field && !field->empty()) fail(EINVAL, "{} is given twice, as {} and {}", what, quoted(*field), quoted(value));
    field = value;
  }

  DiskConfig finish() {
    disk_.target = target_.value_or("");
    disk_.vdev = vdev_.value_or("");
    disk_.script = script_.value_or("");
    disk_.format = format_.value_or(DiskFormat::raw);
    if (disk_.vdev.empty()) fail(EINVAL, "the disk has no vdev (a name as the guest sees it: xvda)");
    if (!is_vdev(disk_.vdev))
      fail(EINVAL, "vdev is {}, expected a name like xvda, hda1, sdb or d5p2", quoted(disk_.vdev));
    if (disk_.target.empty()) {
      if (!disk_.cdrom) fail(EINVAL, "the disk has no target, and is not a cdrom");
      disk_.format = DiskFormat::empty;
    } else if (disk_.format == DiskFormat::empty) {
      fail(EINVAL, "format is empty, but there is a target");
    }
    if (disk_.cdrom) {
      disk_.removable = true;
      disk_.writable = false;
    }
    return disk_;
  }

  std::string_view rest_;
  DiskConfig disk_;
  std::optional<std::string> target_, vdev_, script_;
  std::optional<DiskFormat> format_;
  bool old_style_ = false, access_set_ = false;
};

bool all_between(std::string_view text, char first, char last) {
  return std::ranges::all_of(text, [&](char c) { return c >= first && c <= last; });
}

}  // namespace

DiskConfig parse_disk(std::string_view spec) { return DiskParser(spec).parse(); }

bool is_vdev(std::string_view text) {
  if (std::optional<int64_t> number = parse_number(text)) return *number >= 0 && *number < 1 << 29;
  for (std::string_view prefix : {"xvd", "hd", "sd"}) {
    if (!text.starts_with(prefix)) continue;
    text.remove_prefix(prefix.size());
    size_t letters = std::min(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"), text.size());
    return letters >= 1 && letters <= 3 && text.size() - letters <= 6 && all_between(text.substr(letters), '0', '9');
  }
  if (!text.starts_with('d')) return false;
  text.remove_prefix(1);
  size_t p = text.find('p');
  std::string_view disk = text.substr(0, p), partition = p == text.npos ? "0" : text.substr(p + 1);
  auto short_number = [](std::string_view digits) {
    return !digits.empty() && digits.size() <= 6 && all_between(digits, '0', '9');
  };
  return short_number(disk) && short_number(partition);
}

std::string_view format_name(DiskFormat format) { return formats[static_cast<size_t>(format)]; }
std::string_view backend_name(DiskBackend backend) { return backends[static_cast<size_t>(backend)]; }

}  // namespace xenolith::tools
