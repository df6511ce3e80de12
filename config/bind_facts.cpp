// Readers of the settings of facts, and of what tests give and expect.
#include "config/fact_values.hpp"
#include "config/fields_policy.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

bool bind(binding& b, const place& at, const yaml_node& node, fact_config& into, fact_value_kind) {
  const auto* known = find_fact(into.name);
  fact_description fact{into.name, fact_shape::name, {}, quantity::plain, support::now};
  if (known != nullptr) {
    fact = {into.name, known->shape, known->words, known->unit, known->state};
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
  if (known->state == support::later) {
    report_later(b, entry.where, fmt::format("fact `{}`", entry.key));
  } else if (known->source != fact_source::sensed) {
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

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<given_fact>& into, given_kind) {
  if (!expect_map(node, at, b.out)) return false;
  for (const auto& entry : node.entries) {
    const auto fact = describe_fact(b.so_far, entry.key);
    if (!fact) {
      report_unknown_fact(b, at, entry.key, entry.where, {});
      continue;
    }
    const place here{nested_section(at), entry.key, {}, entry.where};
    if (fact->state == support::later) {
      report_later(b, entry.where, here.subject());
      continue;
    }
    if (fact->shape == fact_shape::header || fact->shape == fact_shape::window ||
        fact->shape == fact_shape::weekday) {
      b.out.error(code::not_supported_yet, entry.where,
                  fmt::format("{} cannot be given in a test yet", here.subject()),
                  "test the rule by another fact");
      continue;
    }
    if (auto value = read_plain_value(b, here, entry.value, *fact)) {
      into.push_back({entry.key, std::move(*value), entry.where});
    }
  }
  return true;
}

}  // namespace nearfar::config
