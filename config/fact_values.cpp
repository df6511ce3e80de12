#include "config/fact_values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

fact_shape shape_of(fact_type type) {
  switch (type) {
    case fact_type::boolean:
      return fact_shape::boolean;
    case fact_type::number:
      return fact_shape::number;
    case fact_type::name:
      return fact_shape::name;
  }
  return fact_shape::name;
}

std::optional<fact_description> describe_fact(const configuration& c, std::string_view name) {
  if (const auto* known = find_fact(name)) {
    return fact_description{std::string(name), known->shape, known->words, known->unit};
  }
  const auto declared = std::ranges::find(c.facts, name, &fact_config::name);
  if (declared == c.facts.end() || !declared->type) return std::nullopt;
  return fact_description{std::string(name), shape_of(*declared->type), {}, quantity::plain};
}

std::vector<std::string> legal_facts(const configuration& c) {
  std::vector<std::string> names;
  for (const auto& f : fact_table()) names.emplace_back(f.name);
  for (const auto& f : c.facts) {
    if (f.type) names.push_back(f.name);
  }
  return names;
}

void report_unknown_fact(binding& b, const place& at, std::string_view name, mark where,
                         std::span<const std::string_view> more) {
  auto legal = legal_facts(b.so_far);
  legal.insert(legal.end(), more.begin(), more.end());
  auto help = suggestion(name, legal);
  if (help.empty()) help = "a fact of your own is declared under `facts`, with its `type`";
  b.out.error(code::unknown_fact, where, fmt::format("unknown fact `{}` in {}", name, nested_section(at)),
              std::move(help));
}

bool is_declared_tag(binding& b, const place& at, const yaml_node& node) {
  if (std::ranges::find(b.so_far.tags, node.text) != b.so_far.tags.end()) return true;
  auto help = suggestion(node.text, b.so_far.tags);
  if (nearest(node.text, b.so_far.tags).empty()) help = "declare it: `tags: [" + node.text + "]`";
  b.out.error(code::undeclared_tag, node.where, fmt::format("tag `{}`{} is not declared", node.text, at.in()),
              std::move(help));
  return false;
}

bool is_one_of(binding& b, const place& at, const yaml_node& node, std::span<const std::string_view> words) {
  if (std::ranges::find(words, node.text) != words.end()) return true;
  report_word(b, at, node, words);
  return false;
}

std::optional<plain_value> read_plain_value(binding& b, const place& at, const yaml_node& node,
                                            const fact_description& fact) {
  if (fact.shape == fact_shape::boolean) {
    const auto flag = read_flag(node, at, b.out);
    return flag ? std::optional<plain_value>(*flag) : std::nullopt;
  }
  if (fact.shape == fact_shape::number) {
    double value = 0;
    if (!bind(b, at, node, value, number_kind{fact.unit})) return std::nullopt;
    return plain_value(value);
  }
  if (!expect_scalar(node, at, "a word", b.out)) return std::nullopt;
  if (fact.shape == fact_shape::choice && !is_one_of(b, at, node, fact.words)) return std::nullopt;
  if (fact.name == "tag" && !is_declared_tag(b, at, node)) return std::nullopt;
  if (fact.shape == fact_shape::weekday && !is_one_of(b, at, node, fact.words)) return std::nullopt;
  return plain_value(node.text);
}

}  // namespace nearfar::config
