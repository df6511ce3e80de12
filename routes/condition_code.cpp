#include "routes/condition_code.hpp"

#include "config/conditions.hpp"
#include "config/glob.hpp"

#include <optional>
#include <span>

namespace nearfar::routes {
namespace {

using config::condition_kind;

truth of(bool b) {
  return b ? truth::yes : truth::no;
}

bool reads(const value_test& t, std::string_view text) {
  return t.glob ? config::glob_match(t.text, text) : t.text == text;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view wanted_lower, std::string_view name) {
  if (wanted_lower.size() != name.size()) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (wanted_lower[i] != lower(name[i])) return false;
  }
  return true;
}

bool sent(const value_test& t, std::span<const header_view> headers) {
  for (const auto& h : headers) {
    if (!same_name(t.name, h.name)) continue;
    if (t.prefix ? h.value.starts_with(t.text) : h.value == t.text) return true;
  }
  return false;
}

constexpr std::int64_t day_seconds = 86'400;

std::optional<std::int64_t> local_seconds(std::uint16_t zone, const facts& f) {
  if (zone == none_index) return f.now.unix_seconds + f.machine_offset;
  if (zone >= f.zone_offsets.size()) return std::nullopt;
  return f.now.unix_seconds + f.zone_offsets[zone];
}

std::int64_t floor_mod(std::int64_t a, std::int64_t b) {
  return ((a % b) + b) % b;
}

bool in_window(const value_test& t, std::int64_t local) {
  const double minute = static_cast<double>(floor_mod(local, day_seconds)) / 60;
  if (t.low < t.high) return minute >= t.low && minute < t.high;
  return minute >= t.low || minute < t.high;  // over midnight; equal ends: the whole day
}

bool on_day(const value_test& t, std::int64_t local) {
  const auto days = (local - floor_mod(local, day_seconds)) / day_seconds;
  const auto weekday = floor_mod(days + 3, 7);  // 1970-01-01 was a Thursday; Monday is 0
  return ((t.days >> static_cast<unsigned>(weekday)) & 1U) != 0;
}

}  // namespace

truth kleene_not(truth a) {
  if (a == truth::unknown) return a;
  return a == truth::yes ? truth::no : truth::yes;
}

truth kleene_and(truth a, truth b) {
  if (a == truth::no || b == truth::no) return truth::no;
  return a == truth::unknown ? a : b;
}

truth kleene_or(truth a, truth b) {
  if (a == truth::yes || b == truth::yes) return truth::yes;
  return a == truth::unknown ? a : b;
}

truth condition_code::holds(std::uint32_t at, const fact_view& v) const {
  const auto& node = nodes[at];
  switch (node.kind) {
    case condition_kind::always:
      return truth::yes;
    case condition_kind::test:
      return test(node, v);
    case condition_kind::negate:
      return kleene_not(holds(children[node.first], v));
    case condition_kind::all: {
      auto sum = truth::yes;
      for (std::uint32_t i = 0; i < node.count && sum != truth::no; ++i) {
        sum = kleene_and(sum, holds(children[node.first + i], v));
      }
      return sum;
    }
    case condition_kind::any: {
      auto sum = truth::no;
      for (std::uint32_t i = 0; i < node.count && sum != truth::yes; ++i) {
        sum = kleene_or(sum, holds(children[node.first + i], v));
      }
      return sum;
    }
  }
  return truth::unknown;
}

truth condition_code::test(const condition_node& node, const fact_view& v) const {
  if (node.fact == fact_id::declared) return test_declared(node, v);
  const std::span<const value_test> wanted(values.data() + node.first, node.count);
  switch (node.shape) {
    case fact_shape::flag:
    case fact_shape::choice: {
      const auto at = choice_of(node.fact, v);
      return at ? of(((node.mask >> *at) & 1U) != 0) : truth::unknown;
    }
    case fact_shape::number: {
      const auto n = number_of(node.fact, v);
      if (n.is == presence::unknown) return truth::unknown;
      if (n.is == presence::absent) return truth::no;
      for (const auto& t : wanted) {
        if (config::compares({t.op, t.low, t.high}, n.value)) return truth::yes;
      }
      return truth::no;
    }
    case fact_shape::text: {
      const auto text = text_of(node.fact, v);
      if (text.empty()) return truth::no;
      for (const auto& t : wanted) {
        if (reads(t, text)) return truth::yes;
      }
      return truth::no;
    }
    case fact_shape::header:
      for (const auto& t : wanted) {
        if (sent(t, v.now_true.headers)) return truth::yes;
      }
      return truth::no;
    case fact_shape::window:
    case fact_shape::weekday:
      return test_clock(node, v);
  }
  return truth::unknown;
}

truth condition_code::test_clock(const condition_node& node, const fact_view& v) const {
  auto sum = truth::no;
  for (std::uint32_t i = 0; i < node.count && sum != truth::yes; ++i) {
    const auto& t = values[node.first + i];
    const auto local = local_seconds(t.zone, v.now_true);
    if (!local) {
      sum = kleene_or(sum, truth::unknown);
    } else {
      sum = kleene_or(sum, of(node.shape == fact_shape::window ? in_window(t, *local) : on_day(t, *local)));
    }
  }
  return sum;
}

truth condition_code::test_declared(const condition_node& node, const fact_view& v) const {
  if (node.declared >= v.now_true.declared.size()) return truth::unknown;
  const auto& value = v.now_true.declared[node.declared];
  const std::span<const value_test> wanted(values.data() + node.first, node.count);
  if (const auto* b = std::get_if<bool>(&value)) {
    return node.shape == fact_shape::flag ? of(((node.mask >> (*b ? 1U : 0U)) & 1U) != 0) : truth::unknown;
  }
  if (const auto* n = std::get_if<double>(&value)) {
    if (node.shape != fact_shape::number) return truth::unknown;
    for (const auto& t : wanted) {
      if (config::compares({t.op, t.low, t.high}, *n)) return truth::yes;
    }
    return truth::no;
  }
  if (const auto* s = std::get_if<std::string>(&value)) {
    if (node.shape != fact_shape::text) return truth::unknown;
    for (const auto& t : wanted) {
      if (reads(t, *s)) return truth::yes;
    }
    return truth::no;
  }
  return truth::unknown;
}

}  // namespace nearfar::routes
