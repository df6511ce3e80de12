// Readers of the settings of facts, and of what tests give and expect.
#include "config/fact_values.hpp"
#include "config/fields_policy.hpp"
#include "config/time_window.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

bool bind(binding& b, const place& at, const yaml_node& node, fact_config& into, fact_value_kind) {
  const auto* known = find_fact(into.name);
  fact_description fact{into.name, fact_shape::name, {}, quantity::plain};
  if (known != nullptr) {
    fact = {into.name, known->shape, known->words, known->unit};
  } else if (into.type) {
    fact.shape = shape_of(*into.type);
  } else {
    return false;  // the missing or wrong `type` is the finding
  }
  auto value = read_plain_value(b, at, node, fact);
  if (!value) return false;
  into.if_unsensed = std::move(*value);
  return true;
}

namespace {

void check_fact_entry(binding& b, const yaml_entry& entry, const fact_config& fact) {
  const auto* known = find_fact(entry.key);
  if (known == nullptr) {
    if (fact.type || entry.value.find("type") != nullptr) return;
    const auto legal = legal_facts(b.so_far);
    const auto near = nearest(entry.key, legal);
    b.out.error(code::unknown_fact, entry.where, fmt::format("unknown fact `{}` under `facts`", entry.key),
                near.empty() ? "a fact of your own needs a `type`: bool, number or name"
                             : fmt::format("did you mean `{}`?", near));
    return;
  }
  if (known->source != fact_source::sensed) {
    b.out.error(code::keys_do_not_fit, entry.where,
                fmt::format("fact `{}` is not sensed and has no settings", entry.key),
                "it always has a value; remove this entry");
  } else if (fact.type) {
    const auto* type = entry.value.find("type");
    b.out.error(code::keys_do_not_fit, type->where,
                fmt::format("fact `{}` is a known one and has its type", entry.key),
                "remove `type`, or give your own fact another name");
  }
}

}  // namespace

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<fact_config>& into,
          fact_settings_kind) {
  if (!expect_map(node, at, b.out)) return false;
  for (const auto& entry : node.entries) {
    fact_config fact;
    fact.name = entry.key;
    const std::string section = fmt::format("fact `{}`", entry.key);
    if (expect_map(entry.value, place{section, {}, {}, entry.where}, b.out)) {
      read_section(b, entry.value, section, entry.where, fact);
      check_fact_entry(b, entry, fact);
    }
    fact.where = entry.where;
    into.push_back(std::move(fact));
  }
  return true;
}

bool bind(binding& b, const place& at, const yaml_node& node, expectation& into, expectation_kind) {
  if (node.kind == node_kind::map && node.entries.empty()) {
    b.out.error(code::empty_value, node.where, at.subject() + " says nothing",
                "add `target`, `rule`, `plan` or `never`");
    return false;
  }
  return bind(b, at, node, into, section_kind{});
}

namespace {

constexpr int minutes_of_a_day = 1440;

// `header: {x-app: glasses}`: each is a fact of its own.
void read_given_headers(binding& b, const place& at, const yaml_node& node, std::vector<given_fact>& into) {
  if (!expect_map(node, at, b.out)) return;
  for (const auto& entry : node.entries) {
    const place here{nested_section(at), entry.key, "glasses", entry.where};
    if (const auto value = expect_scalar(entry.value, here, "a text", b.out))
      into.push_back({"header:" + entry.key, std::string(*value), entry.where});
  }
}

bool is_time_of_day(binding& b, const place& at, const yaml_node& node) {
  if (parse_minute(node.text).value_or(minutes_of_a_day) < minutes_of_a_day) return true;
  b.out.error(code::bad_time_window, node.where,
              fmt::format("{} is no time of day: `{}`", at.subject(), node.text),
              "from `00:00` to `23:59`, in every zone");
  return false;
}

// A value, where the field table shows a test.
std::string example_of(const fact_info& fact) {
  if (fact.shape == fact_shape::window) return "23:30";
  if (fact.shape == fact_shape::weekday) return "sat";
  if (fact.shape == fact_shape::header) return "{x-app: glasses}";
  std::string text(fact.example);
  if (fact.shape == fact_shape::number)
    std::erase_if(text, [](char c) { return c == '"' || c == '<' || c == '>' || c == ' '; });
  if (!text.starts_with('[')) return text;
  return text.substr(1, text.find_first_of(",]") - 1);
}

bool is_limit(binding& b, const place& at, const yaml_node& node) {
  std::vector<std::string> names;
  for (const auto& l : b.so_far.limits) names.push_back(l.name);
  if (std::ranges::find(names, node.text) != names.end()) return true;
  b.out.error(code::unknown_reference, node.where,
              fmt::format("{} names no limit: `{}`", at.subject(), node.text),
              names.empty() ? "there are no `limits` in this file" : suggestion(node.text, names));
  return false;
}

// `reached: daily-spend` or `reached: [daily-spend, bursts]`.
void read_reached(binding& b, const place& at, const yaml_entry& entry, std::vector<given_fact>& into) {
  const bool several = entry.value.kind == node_kind::sequence;
  const auto items = several ? std::span<const yaml_node>(entry.value.items) : std::span(&entry.value, 1);
  std::string names;
  for (const auto& item : items) {
    if (!expect_scalar(item, at, "the name of a limit", b.out) || !is_limit(b, at, item)) continue;
    names += (names.empty() ? "" : ",") + item.text;
  }
  into.push_back({entry.key, std::move(names), entry.where});
}

void read_given(binding& b, const place& at, const yaml_entry& entry, std::vector<given_fact>& into) {
  if (entry.key == reached_key)
    return read_reached(b, place{nested_section(at), entry.key, "daily-spend", entry.where}, entry, into);
  const auto fact = describe_fact(b.so_far, entry.key);
  static constexpr std::string_view also[] = {reached_key};
  if (!fact) return report_unknown_fact(b, at, entry.key, entry.where, also);
  const auto* known = find_fact(entry.key);
  const place here{nested_section(at), entry.key, known != nullptr ? example_of(*known) : std::string(),
                   entry.where};
  if (fact->shape == fact_shape::header) return read_given_headers(b, here, entry.value, into);
  auto value = read_plain_value(b, here, entry.value, *fact);
  if (!value) return;
  if (fact->shape == fact_shape::window && !is_time_of_day(b, here, entry.value)) return;
  into.push_back({entry.key, std::move(*value), entry.where});
}

}  // namespace

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<given_fact>& into, given_kind) {
  if (!expect_map(node, at, b.out)) return false;
  for (const auto& entry : node.entries) read_given(b, at, entry, into);
  return true;
}

}  // namespace nearfar::config
