// SPDX-License-Identifier: MIT
#include "tools/config/json_fields.hpp"

#include <algorithm>

#include "tools/base/error.hpp"

namespace xenolith::tools {
namespace {

constexpr int64_t most_bits = 65536;

}  // namespace

JsonFields::JsonFields(Json object, std::string path) : object_(std::move(object)), path_(std::move(path)) {
  if (!object_.is_object()) fail(EINVAL, "{}: expected an object", path_.empty() ? "the configuration" : path_);
}

std::string JsonFields::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void JsonFields::reject(std::string_view key, std::string_view expected) const {
  fail(EINVAL, "{}: expected {}", path_of(key), expected);
}

std::optional<JsonFields::Json> JsonFields::take(std::string_view key) {
  auto found = object_.find(key);
  if (found == object_.end()) return std::nullopt;
  Json value = std::move(*found);
  object_.erase(found);
  if (value.is_null()) return std::nullopt;
  return value;
}

std::optional<std::string> JsonFields::text(std::string_view key) {
  std::optional<Json> value = take(key);
  if (!value) return std::nullopt;
  if (!value->is_string()) reject(key, "a text");
  return value->get<std::string>();
}

std::optional<int64_t> JsonFields::integer(std::string_view key, int64_t least, int64_t most) {
  std::optional<Json> value = take(key);
  if (!value) return std::nullopt;
  bool fits = value->is_number_integer() && (!value->is_number_unsigned() || value->get<uint64_t>() <= INT64_MAX);
  if (!fits || value->get<int64_t>() < least || value->get<int64_t>() > most)
    reject(key, fmt::format("a number from {} to {}", least, most));
  return value->get<int64_t>();
}

std::optional<bool> JsonFields::flag(std::string_view key) {
  std::optional<Json> value = take(key);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  if (value->is_number_integer()) return *value != 0;
  if (*value == "True") return true;
  if (*value == "False") return false;
  if (*value == "<default>") return std::nullopt;
  reject(key, "\"True\" or \"False\"");
}

std::optional<size_t> JsonFields::choice(std::string_view key, std::span<const std::string_view> names) {
  std::optional<std::string> value = text(key);
  if (!value) return std::nullopt;
  auto found = std::ranges::find(names, *value);
  if (found == names.end()) reject(key, fmt::format("one of {}", fmt::join(names, ", ")));
  return static_cast<size_t>(found - names.begin());
}

JsonFields::Json::array_t JsonFields::array(std::string_view key) {
  std::optional<Json> value = take(key);
  if (!value) return {};
  if (!value->is_array()) reject(key, "a list");
  return std::move(value->get_ref<Json::array_t&>());
}

std::vector<std::string> JsonFields::texts(std::string_view key) {
  std::vector<std::string> result;
  for (const Json& item : array(key)) {
    if (!item.is_string()) reject(key, "a list of texts");
    result.push_back(item.get<std::string>());
  }
  return result;
}

std::vector<int64_t> JsonFields::integers(std::string_view key, int64_t least, int64_t most) {
  std::vector<int64_t> result;
  for (const Json& item : array(key)) {
    if (!item.is_number_integer() || item < least || item > most)
      reject(key, fmt::format("a list of numbers from {} to {}", least, most));
    result.push_back(item.get<int64_t>());
  }
  return result;
}

std::map<std::string, std::string> JsonFields::text_map(std::string_view key) {
  std::map<std::string, std::string> result;
  std::optional<Json> value = take(key);
  if (!value) return result;
  if (!value->is_object()) reject(key, "an object");
  for (auto& [name, content] : value->items()) {
    if (!content.is_string() && !content.is_null()) reject(key, "an object of texts");
    result[name] = content.is_null() ? "" : content.get<std::string>();
  }
  return result;
}

CpuSet JsonFields::bits(std::string_view key, const Json& value) const {
  CpuSet set;
  if (!value.is_array()) reject(key, "a list of numbers");
  for (const Json& item : value) {
    if (!item.is_number_integer() || item < 0 || item >= most_bits) reject(key, "a list of the numbers of bits");
    set.add(CpuId(item.get<uint32_t>()));
  }
  return set;
}

CpuSet JsonFields::bitmap(std::string_view key) {
  std::optional<Json> value = take(key);
  return value ? bits(key, *value) : CpuSet();
}

std::vector<CpuSet> JsonFields::bitmaps(std::string_view key) {
  std::vector<CpuSet> result;
  for (const Json& item : array(key)) result.push_back(bits(key, item));
  return result;
}

JsonFields JsonFields::object(std::string_view key) {
  return JsonFields(take(key).value_or(Json::object()), path_of(key));
}

std::vector<JsonFields> JsonFields::objects(std::string_view key) {
  std::vector<JsonFields> result;
  for (Json& item : array(key))
    result.emplace_back(std::move(item), fmt::format("{}[{}]", path_of(key), result.size()));
  return result;
}

void JsonFields::keep(std::string_view key, JsonFields rest) {
  if (!rest.object_.empty()) object_[std::string(key)] = std::move(rest.object_);
}

}  // namespace xenolith::tools
