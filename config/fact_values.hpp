// What the values of a fact look like, whether it is one of ours or declared in the file, and how one is
// read.
#pragma once

#include "config/binder.hpp"
#include "config/fact_table.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace nearfar::config {

struct fact_description {
  std::string name;
  fact_shape shape = fact_shape::name;
  std::span<const std::string_view> words;
  quantity unit = quantity::plain;
};

fact_shape shape_of(fact_type type);

// nullopt: neither known nor declared with a type.
std::optional<fact_description> describe_fact(const configuration& c, std::string_view name);

// The known ones, then the declared ones.
std::vector<std::string> legal_facts(const configuration& c);

// `more`: other keys that are legal at the place.
void report_unknown_fact(binding& b, const place& at, std::string_view name, mark where,
                         std::span<const std::string_view> more);

// Each reports what is wrong.
bool is_declared_tag(binding& b, const place& at, const yaml_node& node);
bool is_one_of(binding& b, const place& at, const yaml_node& node, std::span<const std::string_view> words);

using plain_value = std::variant<bool, double, std::string>;
// A value that the fact has, as opposed to a test of it.
std::optional<plain_value> read_plain_value(binding& b, const place& at, const yaml_node& node,
                                            const fact_description& fact);

}  // namespace nearfar::config
