#include "routes/given_facts.hpp"

#include "config/fact_table.hpp"
#include "config/suggest.hpp"
#include "config/units.hpp"
#include "routes/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace nearfar::routes {
namespace {

given_text wrong(std::string problem, std::string help = {}) {
  return {false, std::move(problem), std::move(help)};
}

given_text one_of(std::string_view fact, std::string_view value, const std::vector<std::string>& legal) {
  auto help = config::suggestion(value, std::span<const std::string>(legal));
  return wrong(fmt::format("`{}` is no value of `{}`", value, fact), std::move(help));
}

bool may_be_missing(const fact_info& row) {
  return row.source == fact_source::sensor || row.shape == fact_shape::text;
}

struct parsed {
  given_value value;
  given_text verdict{true, {}, {}};
};

parsed number(std::string_view fact, std::string_view text) {
  const auto* known = config::find_fact(fact);
  const auto read = config::parse_number(text, known != nullptr ? known->unit : config::quantity::plain);
  if (read.value) return {*read.value, {true, {}, {}}};
  return {{}, wrong(fmt::format("`{}={}` {}", fact, text, read.error.message), read.error.help)};
}

parsed flag(std::string_view fact, std::string_view text, bool may_be_unknown) {
  if (text == "true" || text == "false") return {text == "true", {true, {}, {}}};
  std::vector<std::string> legal{"true", "false"};
  if (may_be_unknown) legal.emplace_back("unknown");
  return {{}, one_of(fact, text, legal)};
}

parsed choice(const fact_info& row, std::string_view text) {
  if (std::find(row.choices.begin(), row.choices.end(), text) != row.choices.end())
    return {std::string(text), {true, {}, {}}};
  std::vector<std::string> legal(row.choices.begin(), row.choices.end());
  if (row.source == fact_source::sensor) legal.emplace_back("unknown");
  return {{}, one_of(row.name, text, legal)};
}

parsed tag(const policy& rules, std::string_view text) {
  const auto& tags = rules.configuration().tags;
  if (std::find(tags.begin(), tags.end(), text) != tags.end()) return {std::string(text), {true, {}, {}}};
  auto help = tags.empty() ? std::string("the policy declares no tags")
                           : config::suggestion(text, std::span<const std::string>(tags));
  return {{}, wrong(fmt::format("tag `{}` is not declared", text), std::move(help))};
}

parsed known_value(const policy& rules, const fact_info& row, std::string_view text) {
  switch (row.shape) {
    case fact_shape::flag:
      return flag(row.name, text, row.source == fact_source::sensor);
    case fact_shape::choice:
      return choice(row, text);
    case fact_shape::number:
      return number(row.name, text);
    case fact_shape::text:
      if (row.id == fact_id::tag) return tag(rules, text);
      return {std::string(text), {true, {}, {}}};
    case fact_shape::window:
    case fact_shape::weekday:
    case fact_shape::header:
      return {std::string(text), {true, {}, {}}};
  }
  return {};
}

parsed declared_value_of(const config::fact_config& fact, std::string_view text) {
  switch (*fact.type) {
    case config::fact_type::boolean:
      return flag(fact.name, text, true);
    case config::fact_type::number:
      return number(fact.name, text);
    case config::fact_type::name:
      return {std::string(text), {true, {}, {}}};
  }
  return {};
}

std::string form_of(const fact_info& row) {
  if (row.shape == fact_shape::window) return "a time of day such as `23:30`";
  if (row.shape == fact_shape::weekday) return "one of `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`";
  if (row.shape == fact_shape::header) return "write `header:NAME=VALUE`";
  if (row.id == fact_id::bucket) return "from 0% to below 100%";
  return {};
}

given_text give_reached(situation& s, std::string_view value) {
  if (value == "none") return s.give(config::reached_key, std::monostate{}), given_text{true, {}, {}};
  std::vector<std::string> legal;
  for (const auto& l : s.rules().configuration().limits) legal.push_back(l.name);
  for (auto left = value; !left.empty();) {
    const auto end = std::min(left.find(','), left.size());
    const auto one = left.substr(0, end);
    if (std::ranges::find(legal, one) == legal.end()) {
      return wrong(fmt::format("no limit is called `{}`", one),
                   legal.empty() ? "the policy has no `limits`"
                                 : config::suggestion(one, std::span<const std::string>(legal)));
    }
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  s.give(config::reached_key, std::string(value));
  return {true, {}, {}};
}

}  // namespace

given_text give_text(situation& s, std::string_view fact, std::string_view value) {
  const auto& rules = s.rules();
  const auto take = [&](const parsed& p) {
    if (!p.verdict.taken) return p.verdict;
    if (s.give(fact, p.value) == situation::outcome::taken) return given_text{true, {}, {}};
    const auto* row = find_fact(fact);
    return wrong(fmt::format("`{}` is no value of `{}`", value, fact), row ? form_of(*row) : std::string());
  };
  if (fact.starts_with("header:")) return take({std::string(value), {true, {}, {}}});
  if (fact == config::reached_key) return give_reached(s, value);
  if (const auto* row = find_fact(fact)) {
    if (row->source == fact_source::sensor && value == "unknown")
      return take({std::monostate{}, {true, {}, {}}});
    if (may_be_missing(*row) && value == "none") return take({std::monostate{}, {true, {}, {}}});
    return take(known_value(rules, *row, value));
  }
  for (const auto& own : rules.configuration().facts) {
    if (own.name != fact || !own.type) continue;
    if (value == "unknown") return take({std::monostate{}, {true, {}, {}}});
    return take(declared_value_of(own, value));
  }
  const policy* one = &rules;
  const auto legal = facts_known({&one, 1});
  return wrong(fmt::format("unknown fact `{}`", fact),
               config::suggestion(fact, std::span<const std::string>(legal)));
}

given_text give_text(situation& s, std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos || equals == 0)
    return wrong(fmt::format("`{}` gives no value", assignment),
                 "write FACT=VALUE, such as `network=offline`");
  return give_text(s, assignment.substr(0, equals), assignment.substr(equals + 1));
}

given_text take_down_text(situation& s, std::string_view name) {
  if (s.take_down(name)) return {true, {}, {}};
  std::vector<std::string> legal;
  for (const auto& p : s.rules().configuration().providers) legal.push_back(p.name);
  for (const auto& t : s.rules().targets()) legal.push_back(t.name);
  return wrong(fmt::format("no provider and no target is called `{}`", name),
               config::suggestion(name, std::span<const std::string>(legal)));
}

given_text check_model(const situation& s) {
  if (!s.rules().resolve(s.model()).empty()) return {true, {}, {}};
  if (waits_for_list(s.rules(), s.model()))
    return wrong(fmt::format("model `{}` has no target", s.model()),
                 "its providers have not listed what it names");
  std::vector<std::string> legal(s.rules().public_names().begin(), s.rules().public_names().end());
  for (const auto& t : s.rules().targets()) legal.push_back(t.name);
  return wrong(fmt::format("no model is called `{}`", s.model()),
               config::suggestion(s.model(), std::span<const std::string>(legal)));
}

}  // namespace nearfar::routes
