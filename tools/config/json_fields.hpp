// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/control/cpu_set.hpp"

namespace xenolith::tools {

// The members of a JSON object, taken out one by one. A member of the wrong type is an Error(EINVAL) with its path.
class JsonFields {
 public:
  using Json = nlohmann::ordered_json;

  // path: of this object, for messages; empty for the outermost.
  JsonFields(Json object, std::string path);

  std::optional<std::string> text(std::string_view key);
  std::optional<int64_t> integer(std::string_view key, int64_t least, int64_t most);
  // JSON's true and false, numbers, and libxl's "True" and "False"; "<default>" is none.
  std::optional<bool> flag(std::string_view key);
  std::optional<size_t> choice(std::string_view key, std::span<const std::string_view> names);
  std::vector<std::string> texts(std::string_view key);
  std::vector<int64_t> integers(std::string_view key, int64_t least, int64_t most);
  std::map<std::string, std::string> text_map(std::string_view key);
  // A libxl bitmap: the numbers of its set bits.
  CpuSet bitmap(std::string_view key);
  std::vector<CpuSet> bitmaps(std::string_view key);
  JsonFields object(std::string_view key);  // empty if it is not there
  std::vector<JsonFields> objects(std::string_view key);
  bool has(std::string_view key) const { return object_.contains(key); }

  // Puts `rest` back as member `key`, unless it is empty.
  void keep(std::string_view key, JsonFields rest);
  // What nobody has taken.
  const Json& rest() const { return object_; }

 private:
  std::optional<Json> take(std::string_view key);
  Json::array_t array(std::string_view key);
  CpuSet bits(std::string_view key, const Json& value) const;
  std::string path_of(std::string_view key) const;
  [[noreturn]] void reject(std::string_view key, std::string_view expected) const;

  Json object_;
  std::string path_;
};

}  // namespace xenolith::tools
