// Readers of conditions: AND of keys, OR of lists, any and not.
#include "config/fact_values.hpp"
#include "config/time_window.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nearfar::config {

namespace {

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
  if (fact.shape == fact_shape::choice && !is_one_of(b, at, node, fact.words)) return std::nullopt;
  if (fact.name == "tag" && !is_declared_tag(b, at, node)) return std::nullopt;
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

}  // namespace

bool bind(binding& b, const place& at, const yaml_node& node, condition& into, condition_kind_ref) {
  if (!expect_map(node, at, b.out)) return false;
  read_condition_map(b, at, node, into);
  return true;
}

}  // namespace nearfar::config
