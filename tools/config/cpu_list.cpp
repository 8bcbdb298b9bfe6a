// SPDX-License-Identifier: MIT
#include "tools/config/cpu_list.hpp"

#include <algorithm>
#include <charconv>

#include "tools/base/error.hpp"
#include "tools/config/config_value.hpp"

namespace xenolith::tools {
namespace {

constexpr uint32_t highest = 4095;  // more CPUs or nodes than any machine has

uint32_t parse_id(std::string_view text) {
  uint32_t id = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id > highest)
    fail(EINVAL, "{} is not a number from 0 to {}", quoted(text), highest);
  return id;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

CpuList::Term CpuList::parse_term(std::string_view text) {
  Term term;
  text = trimmed(text);
  if (text.starts_with('^')) {
    term.remove = true;
    text.remove_prefix(1);
  }
  for (std::string_view prefix : {"nodes:", "node:"}) {
    if (!text.starts_with(prefix)) continue;
    term.kind = Kind::nodes;
    text.remove_prefix(prefix.size());
    if (text.starts_with('^')) {  // "node:^2" is the same as "^node:2"
      term.remove = true;
      text.remove_prefix(1);
    }
  }
  if (text == "all") {
    term.kind = Kind::all;
    return term;
  }
  if (text.empty()) fail(EINVAL, "a CPU or a range is missing");
  size_t dash = text.find('-');
  term.first = parse_id(text.substr(0, dash));
  term.last = dash == text.npos ? term.first : parse_id(text.substr(dash + 1));
  if (term.last < term.first) fail(EINVAL, "the range {} runs backwards", quoted(text));
  return term;
}

CpuList CpuList::parse(std::string_view text) {
  CpuList list;
  for (size_t at = 0; at <= text.size();) {
    size_t comma = std::min(text.find(',', at), text.size());
    list.terms_.push_back(parse_term(text.substr(at, comma - at)));
    at = comma + 1;
  }
  return list;
}

CpuList CpuList::of(const CpuSet& cpus) {
  CpuList list;
  for (CpuId cpu : cpus.members()) {
    if (!list.terms_.empty() && list.terms_.back().last + 1 == cpu.value())
      ++list.terms_.back().last;
    else
      list.terms_.push_back({Kind::cpus, false, cpu.value(), cpu.value()});
  }
  return list;
}

CpuSet CpuList::resolve(std::span<const uint32_t> node_of) const {
  CpuSet cpus;
  auto apply = [&](const Term& term, uint32_t cpu) { term.remove ? cpus.remove(CpuId(cpu)) : cpus.add(CpuId(cpu)); };
  for (const Term& term : terms_) {
    if (term.kind == Kind::cpus) {
      for (uint32_t cpu = term.first; cpu <= term.last; ++cpu) apply(term, cpu);
      continue;
    }
    for (uint32_t cpu = 0; cpu < node_of.size(); ++cpu)
      if (term.kind == Kind::all || (node_of[cpu] >= term.first && node_of[cpu] <= term.last)) apply(term, cpu);
  }
  return cpus;
}

bool CpuList::is_plain() const {
  return std::ranges::all_of(terms_, [](const Term& term) { return term.kind == Kind::cpus; });
}

}  // namespace xenolith::tools
