#include "config/fact_classes.hpp"

#include "config/conditions.hpp"
#include "config/fact_values.hpp"
#include "config/glob.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string_view>

namespace nearfar::config {

namespace {

using row = std::vector<bool>;

// Of patterns that may hold of one text in any combination: 2^8 classes.
constexpr std::size_t most_patterns = 8;
constexpr std::size_t most_values = 200;

std::string zone_of(const test_value& value) {
  if (const auto* window = std::get_if<time_window>(&value)) return window->zone;
  const auto* days = std::get_if<std::string>(&value);
  const auto blank = days == nullptr ? std::string::npos : days->find(' ');
  return blank == std::string::npos ? std::string() : days->substr(blank + 1);
}

bool in_window(const time_window& w, int minute) {
  if (w.from_minute < w.to_minute) return minute >= w.from_minute && minute < w.to_minute;
  return minute >= w.from_minute || minute < w.to_minute;
}

// "mon-fri Europe/Berlin", "sat": the reader has let nothing else through.
bool on_day(const std::string& text, std::size_t day) {
  const std::string_view range = std::string_view(text).substr(0, text.find(' '));
  const auto index = [&](std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(weekday_words, name) - weekday_words.begin());
  };
  const auto dash = range.find('-');
  const auto from = index(range.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : index(range.substr(dash + 1));
  return from <= to ? day >= from && day <= to : day >= from || day <= to;
}

// Which numbers there are.
struct number_range {
  bool below_zero = false;
  bool whole = false;
  double below = std::numeric_limits<double>::infinity();
};

number_range range_of(const fact_info* known) {
  if (known == nullptr || known->source == fact_source::sensed) return {.below_zero = true};
  if (known->name == "bucket") return {.below = 100};
  const bool counts =
      known->unit == quantity::tokens || known->unit == quantity::bytes || known->unit == quantity::duration;
  return {.whole = counts};
}

// A number on each bound and one in each gap.
std::set<double> samples_of(std::set<double> bounds, const number_range& range) {
  std::set<double> samples{0};
  if (std::isfinite(range.below)) bounds.insert(range.below);
  const double* last = nullptr;
  for (const auto& bound : bounds) {
    samples.insert(range.whole ? std::ceil(bound) - 1 : bound - 1);
    samples.insert(range.whole ? std::ceil(bound) : bound);
    if (last != nullptr && !range.whole) samples.insert((*last + bound) / 2);
    samples.insert(range.whole ? std::floor(bound) + 1 : bound + 1);
    last = &bound;
  }
  std::erase_if(samples, [&](double s) { return s >= range.below || (s < 0 && !range.below_zero); });
  return samples;
}

template <class Holds>
row row_of(const std::vector<const test_value*>& values, const Holds& holds) {
  row out;
  for (const auto* value : values) out.push_back(holds(*value));
  return out;
}

std::vector<row> number_rows(const std::vector<const test_value*>& values, const number_range& range) {
  std::set<double> bounds;
  for (const auto* value : values) {
    if (const auto* test = std::get_if<number_test>(value)) bounds.insert({test->low, test->high});
  }
  std::vector<row> out;
  for (const double sample : samples_of(std::move(bounds), range)) {
    out.push_back(row_of(values, [&](const test_value& value) {
      const auto* test = std::get_if<number_test>(&value);
      return test != nullptr && compares(*test, sample);
    }));
  }
  return out;
}

std::vector<row> window_rows(const std::vector<const test_value*>& values) {
  std::set<int> minutes{0};
  for (const auto* value : values) {
    if (const auto* window = std::get_if<time_window>(value))
      minutes.insert({window->from_minute % 1440, window->to_minute % 1440});
  }
  std::vector<row> out;
  for (const int minute : minutes) {
    out.push_back(row_of(values, [&](const test_value& value) {
      const auto* window = std::get_if<time_window>(&value);
      return window != nullptr && in_window(*window, minute);
    }));
  }
  return out;
}

std::vector<row> weekday_rows(const std::vector<const test_value*>& values) {
  std::vector<row> out;
  for (std::size_t day = 0; day < 7; ++day) {
    out.push_back(row_of(values, [&](const test_value& value) {
      const auto* days = std::get_if<std::string>(&value);
      return days != nullptr && on_day(*days, day);
    }));
  }
  return out;
}

std::vector<row> flag_rows(const std::vector<const test_value*>& values) {
  std::vector<row> out;
  for (const bool side : {false, true})
    out.push_back(row_of(values, [&](const test_value& value) {
      const auto* flag = std::get_if<bool>(&value);
      return flag != nullptr && *flag == side;
    }));
  return out;
}

std::vector<row> choice_rows(const std::vector<const test_value*>& values,
                             std::span<const std::string_view> words) {
  std::vector<row> out;
  for (const auto word : words)
    out.push_back(row_of(values, [&](const test_value& value) {
      const auto* named = std::get_if<std::string>(&value);
      return named != nullptr && *named == word;
    }));
  return out;
}

// Every combination of patterns that may hold together. `covers(wide, narrow)`: what the narrow one matches
// the wide one does.
template <class Covers>
void add_combinations(const std::vector<std::size_t>& free, const row& always, const Covers& covers,
                      std::vector<row>& out) {
  for (std::size_t bits = 0; bits < std::size_t{1} << free.size(); ++bits) {
    row matches = always;
    for (std::size_t i = 0; i < free.size(); ++i) matches[free[i]] = (bits >> i & 1U) != 0;
    const auto possible = [&](std::size_t narrow) {
      return !matches[narrow] || std::ranges::all_of(free, [&](std::size_t wide) {
        return matches[wide] || !covers(wide, narrow);
      });
    };
    if (std::ranges::all_of(free, possible)) out.push_back(std::move(matches));
  }
}

std::string_view word_of(const test_value& value) {
  const auto* word = std::get_if<std::string>(&value);
  return word == nullptr ? std::string_view() : *word;
}

// A fact that is one text: each word that is asked for, and the texts that only patterns match.
std::optional<std::vector<row>> text_rows(const std::vector<const test_value*>& values) {
  std::vector<row> out;
  std::vector<std::size_t> free;
  row always(values.size(), false);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto word = word_of(*values[i]);
    always[i] = is_glob(word) && word.find_first_not_of('*') == std::string_view::npos;
    if (is_glob(word) && !always[i]) free.push_back(i);
    if (!is_glob(word))
      out.push_back(row_of(values, [&](const test_value& v) { return glob_match(word_of(v), word); }));
  }
  if (free.size() > most_patterns) return std::nullopt;
  // A `*` of the narrow pattern is a letter that no letter of the wide one is: only a `*` takes it.
  const auto covers = [&](std::size_t wide, std::size_t narrow) {
    return glob_match(word_of(*values[wide]), word_of(*values[narrow]));
  };
  add_combinations(free, always, covers, out);
  return out;
}

// A header may be sent more than once: any of its values may hold together.
std::optional<std::vector<row>> header_rows(const std::vector<const test_value*>& values) {
  std::vector<const header_test*> tests;
  std::vector<std::size_t> free;
  for (const auto* value : values) {
    const auto* test = std::get_if<header_test>(value);
    if (test == nullptr) return std::nullopt;
    free.push_back(tests.size());
    tests.push_back(test);
  }
  if (free.size() > most_patterns) return std::nullopt;
  const auto covers = [&](std::size_t wide, std::size_t narrow) {
    const auto& w = *tests[wide];
    const auto& n = *tests[narrow];
    return w.prefix ? n.value.starts_with(w.value) : !n.prefix && n.value == w.value;
  };
  std::vector<row> out;
  add_combinations(free, row(values.size(), false), covers, out);
  return out;
}

// What is not sent, or no duration of a header, matches nothing.
bool may_be_left_out(const fact_info* known) {
  if (known == nullptr || known->name == "model") return false;
  return known->shape == fact_shape::name || known->unit == quantity::duration;
}

}  // namespace

std::size_t fact_classes::add(const condition& c) {
  node n;
  n.kind = c.kind;
  if (c.kind == condition_kind::test) {
    roots_.push_back(add_test(c.test));
    return roots_.size() - 1;
  }
  for (const auto& child : c.children) {
    n.children.push_back(roots_[add(child)]);
    roots_.pop_back();
  }
  nodes_.push_back(std::move(n));
  roots_.push_back(nodes_.size() - 1);
  return roots_.size() - 1;
}

// A test with windows of several zones, or with several headers, asks for several facts.
std::size_t fact_classes::add_test(const fact_test& test) {
  node any{condition_kind::any, {}, 0, {}};
  for (const auto& value : test.any_of) {
    const auto fact = fact_number(test, value);
    const auto same = [&](std::size_t child) { return nodes_[child].fact == fact; };
    auto at = std::ranges::find_if(any.children, same);
    if (at == any.children.end()) {
      nodes_.push_back({condition_kind::test, {}, fact, {}});
      any.children.push_back(nodes_.size() - 1);
      at = any.children.end() - 1;
    }
    auto& values = facts_[fact].values;
    nodes_[*at].values.push_back(values.size());
    values.push_back(&value);
  }
  if (any.children.size() == 1) return any.children.front();
  nodes_.push_back(std::move(any));
  return nodes_.size() - 1;
}

std::size_t fact_classes::fact_number(const fact_test& test, const test_value& value) {
  const auto* known = find_fact(test.fact);
  std::string name = test.fact;
  if (const auto* header = std::get_if<header_test>(&value)) name += ":" + header->name;
  if (known != nullptr && known->source == fact_source::clock) name += "@" + zone_of(value);
  const auto found = std::ranges::find(facts_, name, &asked_fact::name);
  if (found != facts_.end()) return static_cast<std::size_t>(found - facts_.begin());
  facts_.push_back({std::move(name), test.fact, {}, {}});
  return facts_.size() - 1;
}

bool fact_classes::divide() {
  return std::ranges::all_of(facts_, [&](asked_fact& fact) { return divide(fact); });
}

bool fact_classes::divide(asked_fact& fact) const {
  if (fact.values.size() > most_values) return false;
  const auto* known = find_fact(fact.asked);
  const auto about = describe_fact(configuration_, fact.asked);
  if (!about) return false;
  std::optional<std::vector<row>> rows;
  switch (about->shape) {
    case fact_shape::boolean:
      rows = flag_rows(fact.values);
      break;
    case fact_shape::choice:
      rows = choice_rows(fact.values, about->words);
      break;
    case fact_shape::number:
      rows = number_rows(fact.values, range_of(known));
      break;
    case fact_shape::window:
      rows = window_rows(fact.values);
      break;
    case fact_shape::weekday:
      rows = weekday_rows(fact.values);
      break;
    case fact_shape::name:
      rows = text_rows(fact.values);
      break;
    case fact_shape::header:
      rows = header_rows(fact.values);
      break;
  }
  if (!rows) return false;
  const bool pushed = known == nullptr || known->source == fact_source::sensed;
  std::set<row> different(rows->begin(), rows->end());
  if (may_be_left_out(known)) different.insert(row(fact.values.size(), false));
  fact.classes.assign(different.begin(), different.end());
  if (pushed) fact.classes.insert(fact.classes.begin(), row());
  return true;
}

holding fact_classes::holds(std::size_t condition, const std::vector<std::size_t>& at) const {
  return holds_node(roots_[condition], at);
}

holding fact_classes::holds_node(std::size_t index, const std::vector<std::size_t>& at) const {
  const auto& n = nodes_[index];
  switch (n.kind) {
    case condition_kind::always:
      return holding::yes;
    case condition_kind::test: {
      const auto& matches = facts_[n.fact].classes[at[n.fact]];
      if (matches.empty()) return holding::unknown;
      return std::ranges::any_of(n.values, [&](std::size_t v) { return matches[v]; }) ? holding::yes
                                                                                      : holding::no;
    }
    case condition_kind::negate: {
      const auto inner = holds_node(n.children.front(), at);
      if (inner == holding::unknown) return inner;
      return inner == holding::yes ? holding::no : holding::yes;
    }
    case condition_kind::all:
    case condition_kind::any:
      break;
  }
  const bool all = n.kind == condition_kind::all;
  auto sum = all ? holding::yes : holding::no;
  for (const auto child : n.children) {
    const auto each = holds_node(child, at);
    sum = all ? std::min(sum, each) : std::max(sum, each);
  }
  return sum;
}

}  // namespace nearfar::config
