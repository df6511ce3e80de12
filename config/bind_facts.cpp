// Readers of facts: their settings, conditions on them, values given in tests.
#include "config/binder.hpp"
#include "config/fact_table.hpp"
#include "config/fields_policy.hpp"
#include "config/time_window.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

namespace {

// What a fact's values look like, whether it is ours or the user's.
struct fact_description {
  std::string name;
  fact_shape shape = fact_shape::name;
  std::span<const std::string_view> words;
  quantity unit = quantity::plain;
  support state = support::now;
};

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
    return fact_description{std::string(name), known->shape, known->words, known->unit, known->state};
  }
  const auto declared = std::ranges::find(c.facts, name, &fact_config::name);
  if (declared == c.facts.end() || !declared->type) return std::nullopt;
  return fact_description{std::string(name), shape_of(*declared->type), {}, quantity::plain, support::now};
}

std::vector<std::string> legal_facts(const configuration& c) {
  std::vector<std::string> names;
  for (const auto& f : fact_table()) {
    if (f.state == support::now) names.emplace_back(f.name);
  }
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

bool check_tag(binding& b, const place& at, const yaml_node& node) {
  if (std::ranges::find(b.so_far.tags, node.text) != b.so_far.tags.end()) return true;
  auto help = suggestion(node.text, b.so_far.tags);
  if (nearest(node.text, b.so_far.tags).empty()) help = "declare it: `tags: [" + node.text + "]`";
  b.out.error(code::undeclared_tag, node.where, fmt::format("tag `{}`{} is not declared", node.text, at.in()),
              std::move(help));
  return false;
}

bool one_of(binding& b, const place& at, const yaml_node& node, std::span<const std::string_view> words) {
  if (std::ranges::find(words, node.text) != words.end()) return true;
  report_word(b, at, node, words);
  return false;
}

std::optional<test_value> read_time(binding& b, const place& at, const yaml_node& node, fact_shape shape) {
  std::string problem;
  std::string help;
  if (shape == fact_shape::window) {
    time_window window;
    if (parse_time_window(node.text, window, problem, help)) return test_value(std::move(window));
  } else {
    std::string days;
    if (parse_weekdays(node.text, days, problem, help)) return test_value(std::move(days));
  }
  b.out.error(code::bad_time_window, node.where, at.subject() + " " + problem, std::move(help));
  return std::nullopt;
}

// One value of a test.
std::optional<test_value> read_test_value(binding& b, const place& at, const yaml_node& node,
                                          const fact_description& fact) {
  if (fact.shape == fact_shape::boolean) {
    const auto flag = read_flag(node, at, b.out);
    return flag ? std::optional<test_value>(*flag) : std::nullopt;
  }
  if (fact.shape == fact_shape::number) {
    number_test test;
    if (!bind(b, at, node, test, number_test_kind{fact.unit})) return std::nullopt;
    return test_value(test);
  }
  if (!expect_scalar(node, at, "a word", b.out)) return std::nullopt;
  if (fact.shape == fact_shape::choice && !one_of(b, at, node, fact.words)) return std::nullopt;
  if (fact.name == "tag" && !check_tag(b, at, node)) return std::nullopt;
  if (fact.shape == fact_shape::window || fact.shape == fact_shape::weekday)
    return read_time(b, at, node, fact.shape);
  return test_value(node.text);
}

bool read_header_test(binding& b, const place& at, const yaml_node& node, const std::string& name,
                      fact_test& into) {
  const auto text = expect_scalar(node, at, "a text", b.out);
  if (!text) return false;
  header_test test;
  test.name = name;
  std::ranges::transform(test.name, test.name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  test.value = *text;
  if (test.value.ends_with('*')) {
    test.prefix = true;
    test.value.pop_back();
  }
  into.any_of.emplace_back(std::move(test));
  return true;
}

// `header: {x-app: "glasses*"}`: all of the named headers, any of the values of each.
bool read_headers(binding& b, const place& at, const yaml_node& node, std::vector<condition>& into) {
  if (!expect_map(node, at, b.out)) return false;
  for (const auto& entry : node.entries) {
    condition c{condition_kind::test, {}, {"header", {}, entry.where}, entry.where};
    const place here{nested_section(at), entry.key, "glasses*", entry.where};
    if (entry.value.kind == node_kind::sequence) {
      for (const auto& item : entry.value.items) read_header_test(b, here, item, entry.key, c.test);
    } else {
      read_header_test(b, here, entry.value, entry.key, c.test);
    }
    into.push_back(std::move(c));
  }
  return true;
}

void read_fact_test(binding& b, const place& at, const yaml_entry& entry, std::vector<condition>& into) {
  const auto fact = describe_fact(b.so_far, entry.key);
  if (!fact) {
    static constexpr std::string_view also[] = {"any", "not"};
    report_unknown_fact(b, at, entry.key, entry.where, also);
    return;
  }
  const place here{nested_section(at), entry.key,
                   std::string(find_fact(entry.key) ? find_fact(entry.key)->example : ""), entry.where};
  if (fact->state == support::later) {
    report_later(b, entry.where, here.subject());
    return;
  }
  if (fact->shape == fact_shape::header) {
    read_headers(b, here, entry.value, into);
    return;
  }
  condition c{condition_kind::test, {}, {entry.key, {}, entry.where}, entry.where};
  const auto one = [&](const yaml_node& node) {
    if (auto value = read_test_value(b, here, node, *fact)) c.test.any_of.push_back(std::move(*value));
  };
  if (entry.value.kind == node_kind::sequence) {
    for (const auto& item : entry.value.items) one(item);
    if (entry.value.items.empty()) {
      b.out.error(code::empty_value, entry.value.where,
                  here.subject() + " lists nothing, so it can never hold", {});
    }
  } else {
    one(entry.value);
  }
  into.push_back(std::move(c));
}

void read_condition_map(binding& b, const place& at, const yaml_node& map, condition& into);

void read_any(binding& b, const place& at, const yaml_entry& entry, std::vector<condition>& into) {
  const place here{nested_section(at), entry.key, "[{metered: true}, {battery: \"< 20%\"}]", entry.where};
  if (!expect_list(entry.value, here, b.out)) return;
  condition any{condition_kind::any, {}, {}, entry.where};
  for (const auto& item : entry.value.items) {
    if (!expect_map(item, here, b.out)) continue;
    condition child;
    read_condition_map(b, here, item, child);
    any.children.push_back(std::move(child));
  }
  if (entry.value.items.empty()) {
    b.out.error(code::empty_value, entry.value.where, here.subject() + " lists nothing, so it can never hold",
                {});
  }
  into.push_back(std::move(any));
}

void read_not(binding& b, const place& at, const yaml_entry& entry, std::vector<condition>& into) {
  const place here{nested_section(at), entry.key, "{network: online}", entry.where};
  if (!expect_map(entry.value, here, b.out)) return;
  condition negation{condition_kind::negate, {}, {}, entry.where};
  read_condition_map(b, here, entry.value, negation.children.emplace_back());
  into.push_back(std::move(negation));
}

void read_condition_map(binding& b, const place& at, const yaml_node& map, condition& into) {
  std::vector<condition> all;
  for (const auto& entry : map.entries) {
    if (entry.key == "any") {
      read_any(b, at, entry, all);
    } else if (entry.key == "not") {
      read_not(b, at, entry, all);
    } else {
      read_fact_test(b, at, entry, all);
    }
  }
  if (map.entries.empty()) {
    b.out.error(code::empty_value, map.where, nested_section(at) + " says nothing",
                "leave it out for \"always\"");
  }
  if (all.size() == 1) {
    into = std::move(all.front());
    return;
  }
  into.kind = condition_kind::all;
  into.children = std::move(all);
  into.where = map.where;
}

using plain_value = std::variant<bool, double, std::string>;

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
  if (fact.shape == fact_shape::choice && !one_of(b, at, node, fact.words)) return std::nullopt;
  if (fact.name == "tag" && !check_tag(b, at, node)) return std::nullopt;
  if (fact.shape == fact_shape::weekday && !one_of(b, at, node, fact.words)) return std::nullopt;
  return plain_value(node.text);
}

}  // namespace

bool bind(binding& b, const place& at, const yaml_node& node, condition& into, condition_kind_ref) {
  if (!expect_map(node, at, b.out)) return false;
  read_condition_map(b, at, node, into);
  return true;
}

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
