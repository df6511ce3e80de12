#include "routes/condition_compiler.hpp"

#include "config/glob.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace nearfar::routes {
namespace {

using config::condition_kind;

constexpr std::array<std::string_view, 7> days{"monday", "tuesday",  "wednesday", "thursday",
                                               "friday", "saturday", "sunday"};

int day_of(std::string_view text) {
  if (text.size() < 3) return -1;
  for (std::size_t i = 0; i < days.size(); ++i) {
    if (days[i] == text || days[i].substr(0, 3) == text) return static_cast<int>(i);
  }
  return -1;
}

std::string_view shape_help(fact_shape shape) {
  switch (shape) {
    case fact_shape::flag:
      return "write true or false";
    case fact_shape::choice:
      return "write one of its values";
    case fact_shape::number:
      return "write a number with its unit, such as \"< 20%\" or 4k..8k";
    case fact_shape::text:
      return "write a name";
    case fact_shape::window:
      return "write a window with its zone, such as \"22:00-06:00 Europe/Berlin\"";
    case fact_shape::weekday:
      return "write mon to sun, or a range such as mon-fri";
    case fact_shape::header:
      return "write the header's name and its value";
  }
  return "";
}

fact_shape shape_of(config::fact_type type) {
  switch (type) {
    case config::fact_type::boolean:
      return fact_shape::flag;
    case config::fact_type::number:
      return fact_shape::number;
    case config::fact_type::name:
      return fact_shape::text;
  }
  return fact_shape::text;
}

}  // namespace

std::uint32_t weekday_bits(std::string_view text) {
  const auto dash = text.find('-');
  const int from = day_of(text.substr(0, dash));
  const int to = dash == std::string_view::npos ? from : day_of(text.substr(dash + 1));
  if (from < 0 || to < 0) return 0;
  std::uint32_t bits = 0;
  for (int d = from;; d = (d + 1) % 7) {
    bits |= 1U << static_cast<unsigned>(d);
    if (d == to) return bits;
  }
}

condition_compiler::condition_compiler(const std::vector<config::fact_config>& declared, condition_code& code,
                                       std::vector<std::string>& zones, compile_log& log)
    : facts_(declared), code_(code), zones_(zones), log_(log) {}

std::uint32_t condition_compiler::compile(const config::condition& from) {
  condition_node node;
  node.kind = from.kind;
  if (from.kind == condition_kind::test) {
    node = test(from.test);
  } else if (from.kind != condition_kind::always) {
    std::vector<std::uint32_t> children;
    for (const auto& child : from.children) children.push_back(compile(child));
    if (from.kind == condition_kind::negate && children.size() != 1) {
      log_.error("R002", from.where, "`not` takes exactly one condition");
      node.kind = condition_kind::always;
    }
    node.first = static_cast<std::uint32_t>(code_.children.size());
    node.count = static_cast<std::uint32_t>(children.size());
    code_.children.insert(code_.children.end(), children.begin(), children.end());
  }
  code_.nodes.push_back(node);
  return static_cast<std::uint32_t>(code_.nodes.size() - 1);
}

condition_node condition_compiler::test(const config::fact_test& from) {
  condition_node node;
  node.kind = condition_kind::test;
  node.source = &from;
  if (const auto* row = find_fact(from.fact)) {
    node.fact = row->id;
    node.shape = row->shape;
    if (row->shape == fact_shape::flag || row->shape == fact_shape::choice) {
      choices(node, from, *row);
    } else {
      values(node, from);
    }
    return node;
  }
  std::uint16_t index = 0;
  for (const auto& fact : facts_) {
    if (!fact.type) continue;
    if (fact.name != from.fact) {
      ++index;
      continue;
    }
    node.declared = index;
    node.shape = shape_of(*fact.type);
    if (node.shape == fact_shape::flag) {
      choices(node, from, info_of(fact_id::declared));
    } else {
      values(node, from);
    }
    return node;
  }
  log_.error("R001", from.where, fmt::format("unknown fact `{}`", from.fact),
             "declare a fact of your own under `facts` with its type");
  return node;
}

void condition_compiler::choices(condition_node& node, const config::fact_test& from, const fact_info& row) {
  for (const auto& value : from.any_of) {
    if (node.shape == fact_shape::flag) {
      const auto* flag = std::get_if<bool>(&value);
      if (!flag) return misfit(from, node.shape);
      node.mask |= 1U << (*flag ? 1U : 0U);
      continue;
    }
    const auto* name = std::get_if<std::string>(&value);
    if (!name) return misfit(from, node.shape);
    const auto at = std::find(row.choices.begin(), row.choices.end(), *name);
    if (at == row.choices.end()) {
      log_.error("R002", from.where, fmt::format("`{}` is no value of `{}`", *name, from.fact),
                 fmt::format("one of {}", fmt::join(row.choices, ", ")));
      return;
    }
    node.mask |= 1U << static_cast<unsigned>(at - row.choices.begin());
  }
}

void condition_compiler::values(condition_node& node, const config::fact_test& from) {
  node.first = static_cast<std::uint32_t>(code_.values.size());
  for (const auto& each : from.any_of) {
    value_test into;
    if (!value(into, each, node.shape)) return misfit(from, node.shape);
    code_.values.push_back(std::move(into));
  }
  node.count = static_cast<std::uint32_t>(code_.values.size()) - node.first;
}

bool condition_compiler::value(value_test& into, const config::test_value& from, fact_shape shape) {
  if (shape == fact_shape::number) {
    const auto* n = std::get_if<config::number_test>(&from);
    if (!n) return false;
    into.op = n->op;
    into.low = n->low;
    into.high = n->high;
    return true;
  }
  if (shape == fact_shape::window) {
    const auto* w = std::get_if<config::time_window>(&from);
    if (!w) return false;
    into.low = w->from_minute;
    into.high = w->to_minute;
    into.zone = zone(w->zone);
    return true;
  }
  if (shape == fact_shape::header) {
    const auto* h = std::get_if<config::header_test>(&from);
    if (!h) return false;
    into.name = h->name;
    into.text = h->value;
    into.prefix = h->prefix;
    return true;
  }
  const auto* text = std::get_if<std::string>(&from);
  if (!text) return false;
  if (shape == fact_shape::text) {
    into.text = *text;
    into.glob = config::is_glob(*text);
    return true;
  }
  const auto space = text->find(' ');
  into.days = weekday_bits(std::string_view(*text).substr(0, space));
  if (space != std::string::npos) into.zone = zone(text->substr(space + 1));
  return into.days != 0;
}

std::uint16_t condition_compiler::zone(const std::string& name) {
  if (name.empty()) return none_index;
  const auto at = std::find(zones_.begin(), zones_.end(), name);
  if (at == zones_.end()) {
    zones_.push_back(name);
    return static_cast<std::uint16_t>(zones_.size() - 1);
  }
  return static_cast<std::uint16_t>(at - zones_.begin());
}

void condition_compiler::misfit(const config::fact_test& from, fact_shape shape) {
  log_.error("R002", from.where, fmt::format("value does not fit the fact `{}`", from.fact),
             std::string(shape_help(shape)));
}

}  // namespace nearfar::routes
