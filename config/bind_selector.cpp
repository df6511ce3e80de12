// Readers of selectors: one grammar for allow, deny, only, prefer and never.
#include "config/binder.hpp"
#include "config/fields_policy.hpp"
#include "config/names.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

namespace {

void report_unknown(binding& b, const place& at, const yaml_node& node, std::string_view noun,
                    const std::vector<std::string>& legal) {
  b.out.error(code::unknown_reference, node.where, fmt::format("unknown {} `{}`{}", noun, node.text, at.in()),
              suggestion(node.text, legal));
}

bool resolve_target(binding& b, const place& at, const yaml_node& node, std::string& into) {
  if (const auto found = find_target(b.so_far, node.text)) {
    into = target_name(*found->at, *found->model);
    return true;
  }
  if (may_be_listed(b.so_far, node.text)) {
    into = node.text;
    return true;
  }
  report_unknown(b, at, node, "target", target_names(b.so_far));
  return false;
}

// A bare word: tier, provider, target or model, in this order.
bool bind_word(binding& b, const place& at, const yaml_node& node, selector& into) {
  const auto text = expect_scalar(node, at, "a selector", b.out);
  if (!text) return false;
  into.where = node.where;
  for (const auto& t : tiers) {
    if (t.word == *text) {
      into.tiers.push_back(t.value);
      return true;
    }
  }
  if (has_provider(b.so_far, *text)) {
    into.providers.emplace_back(*text);
    return true;
  }
  if (const auto found = find_target(b.so_far, *text)) {
    into.targets.push_back(target_name(*found->at, *found->model));
    return true;
  }
  if (may_be_listed(b.so_far, *text)) {
    into.targets.emplace_back(*text);
    return true;
  }
  if (has_model(b.so_far, *text)) {
    into.models.emplace_back(*text);
    return true;
  }
  std::vector<std::string> legal;
  for (const auto& t : tiers) legal.emplace_back(t.word);
  for (const auto& p : b.so_far.providers) legal.push_back(p.name);
  for (auto& name : target_names(b.so_far)) legal.push_back(std::move(name));
  for (auto& name : model_ids(b.so_far)) legal.push_back(std::move(name));
  b.out.error(code::unknown_reference, node.where,
              fmt::format("{} names `{}`, which is no tier, provider, target or model", at.subject(), *text),
              suggestion(*text, legal));
  return false;
}

bool bind_one(binding& b, const place& at, const yaml_node& node, selector& into) {
  if (node.kind == node_kind::scalar) return bind_word(b, at, node, into);
  if (!expect_map(node, at, b.out)) return false;
  if (node.entries.empty()) {
    b.out.error(code::empty_value, node.where, at.subject() + " selects nothing in particular",
                "name a tier, a provider, a target or a model");
    return false;
  }
  read_section(b, node, nested_section(at), node.where, into);
  return true;
}

}  // namespace

bool bind(binding& b, const place& at, const yaml_node& node, std::string& into, reference_kind kind) {
  const auto text = expect_scalar(node, at, "a name", b.out);
  if (!text) return false;
  const auto& c = b.so_far;
  into = *text;
  switch (kind.to) {
    case reference::provider: {
      if (has_provider(c, *text)) return true;
      std::vector<std::string> legal;
      for (const auto& p : c.providers) legal.push_back(p.name);
      report_unknown(b, at, node, "provider", legal);
      return false;
    }
    case reference::model:
      if (has_model(c, *text)) return true;
      report_unknown(b, at, node, "model", model_ids(c));
      return false;
    case reference::provider_or_target:
      if (has_provider(c, *text)) return true;
      return resolve_target(b, at, node, into);
    case reference::test_target:
      if (*text == "none") return true;
      return resolve_target(b, at, node, into);
    case reference::target:
      return resolve_target(b, at, node, into);
  }
  return false;
}

bool bind(binding& b, const place& at, const yaml_node& node, selector_list& into, selectors_kind) {
  bool good = true;
  const auto one = [&](const yaml_node& item) {
    selector s;
    if (bind_one(b, at, item, s)) {
      into.push_back(std::move(s));
    } else {
      good = false;
    }
  };
  if (node.kind != node_kind::sequence) {
    one(node);
    return good;
  }
  if (node.items.empty()) {
    b.out.error(code::empty_value, node.where, at.subject() + " lists nothing",
                "name a tier, a provider, a target or a model");
    return false;
  }
  for (const auto& item : node.items) one(item);
  return good;
}

bool bind(binding& b, const place& at, const yaml_node& node, std::vector<selector_list>& into, ranks_kind) {
  if (node.kind != node_kind::sequence) {
    selector_list rank;
    if (!bind(b, at, node, rank, selectors_kind{})) return false;
    into.push_back(std::move(rank));
    return true;
  }
  bool good = true;
  for (const auto& item : node.items) {
    selector_list rank;
    if (bind(b, at, item, rank, selectors_kind{})) {
      into.push_back(std::move(rank));
    } else {
      good = false;
    }
  }
  return good;
}

bool bind(binding& b, const place& at, const yaml_node& node, selector& into, price_test_kind) {
  if (node.kind == node_kind::map) {
    price_test_section prices;
    if (!bind(b, at, node, prices, section_kind{})) return false;
    into.price_input = prices.input;
    into.price_output = prices.output;
    return true;
  }
  number_test both;
  if (!bind(b, at, node, both, number_test_kind{quantity::usd_per_million})) return false;
  into.price_input = both;
  into.price_output = both;
  return true;
}

}  // namespace nearfar::config
