#include "routes/fact_axis.hpp"

#include "config/fact_table.hpp"
#include "routes/condition_compiler.hpp"
#include "routes/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace nearfar::routes {
namespace {

using config::compare_op;
using bound = fact_axis::bound;
using policies_span = std::span<const policy* const>;

constexpr std::string_view header_prefix = "header:";

bool operator<(const bound& a, const bound& b) {
  return a.at != b.at ? a.at < b.at : a.after < b.after;
}

struct by_place {
  bool operator()(const bound& a, const bound& b) const { return a < b; }
};

// What the policies say about one fact.
struct mentions {
  std::set<bound, by_place> bounds;
  std::set<std::string> words;
  std::set<int> minutes;
  std::set<std::uint32_t> days;
};

void add_number(mentions& into, const config::number_test& n) {
  switch (n.op) {
    case compare_op::less:
    case compare_op::greater_equal:
      into.bounds.insert({n.low, false});
      return;
    case compare_op::less_equal:
    case compare_op::greater:
      into.bounds.insert({n.low, true});
      return;
    case compare_op::equal:
      into.bounds.insert({n.low, false});
      into.bounds.insert({n.low, true});
      return;
    case compare_op::between:
      into.bounds.insert({n.low, false});
      into.bounds.insert({n.high, true});
      return;
  }
}

// A word that a glob or a prefix takes.
std::string sample_of(std::string text) {
  for (auto at = text.find('*'); at != std::string::npos; at = text.find('*')) text.erase(at, 1);
  return text.empty() ? "x" : text;
}

struct collector {
  mentions& into;
  std::string_view header;
  void operator()(bool) const {}
  void operator()(const std::string& word) const {
    into.words.insert(word);
    into.days.insert(weekday_bits(word.substr(0, word.find(' '))));
  }
  void operator()(const config::number_test& n) const { add_number(into, n); }
  void operator()(const config::time_window& w) const {
    into.minutes.insert(w.from_minute);
    into.minutes.insert(w.to_minute);
  }
  void operator()(const config::header_test& h) const {
    if (h.name == header) into.words.insert(h.value.empty() ? "x" : h.value);
  }
};

mentions mentions_of(std::string_view fact, policies_span policies) {
  mentions out;
  const bool is_header = fact.starts_with(header_prefix);
  const auto header = is_header ? fact.substr(header_prefix.size()) : std::string_view();
  for (const auto* p : policies) {
    for (const auto& node : p->compiled().code.nodes) {
      if (node.kind != config::condition_kind::test || node.source == nullptr) continue;
      if (is_header ? node.source->fact != "header" : node.source->fact != fact) continue;
      for (const auto& value : node.source->any_of) std::visit(collector{out, header}, value);
    }
    if (fact != "input_tokens") continue;
    for (const auto& t : p->targets()) {  // a context is a wall too
      if (t.context) out.bounds.insert({static_cast<double>(*t.context), true});
    }
  }
  return out;
}

bool is_whole(fact_id id) {
  return id == fact_id::input_tokens || id == fact_id::output_tokens || id == fact_id::body_bytes ||
         id == fact_id::deadline || id == fact_id::first_token_budget;
}

std::string range_text(const fact_axis& axis, std::size_t from, std::size_t to) {
  const bool open_below = from == 0;
  const bool open_above = to > axis.bounds.size();
  if (open_below && open_above) return "any";
  const auto& low = axis.bounds[open_below ? 0 : from - 1];
  const auto& high = axis.bounds[open_above ? axis.bounds.size() - 1 : to - 1];
  auto below = fmt::format("{} {}{}", high.after ? "<=" : "<", high.at, axis.unit);
  auto above = fmt::format("{} {}{}", low.after ? ">" : ">=", low.at, axis.unit);
  if (open_below) return below;
  if (open_above) return above;
  if (low.at == high.at) return fmt::format("{}{}", low.at, axis.unit);
  if (!low.after && high.after) return fmt::format("{}{}..{}{}", low.at, axis.unit, high.at, axis.unit);
  return above + ", " + below;
}

// A number between two neighbouring bounds; nullopt: there is none.
std::optional<double> between(const bound* low, const bound* high, bool whole, double most) {
  double value = 0;
  if (low != nullptr && !low->after) value = low->at;
  if (low != nullptr && low->after) {
    const double above = high != nullptr ? (low->at + high->at) / 2 : (low->at + most) / 2;
    value = whole ? low->at + 1 : most > 0 || high != nullptr ? above : low->at + 1;
  }
  if (value < 0) return std::nullopt;
  if (low != nullptr && low->after && value <= low->at) return std::nullopt;
  if (high != nullptr && (high->after ? value > high->at : value >= high->at)) return std::nullopt;
  if (most > 0 && value > most) return std::nullopt;
  return value;
}

void add_numbers(fact_axis& axis, const mentions& said, bool whole, double most) {
  axis.bounds.assign(said.bounds.begin(), said.bounds.end());
  const auto count = axis.bounds.size();
  for (std::size_t i = 0; i <= count; ++i) {
    const auto* low = i == 0 ? nullptr : &axis.bounds[i - 1];
    const auto* high = i == count ? nullptr : &axis.bounds[i];
    const auto value = between(low, high, whole, most);
    if (!value) continue;
    axis.values.push_back({*value, range_text(axis, i, i + 1), true, i, i + 1});
  }
}

// A pattern is told as itself and given as a word that it takes.
void add_word(fact_axis& axis, std::string word) {
  const auto same = [&](const axis_value& v) { return v.text == word; };
  if (std::any_of(axis.values.begin(), axis.values.end(), same)) return;
  auto sample = sample_of(word);
  axis.values.push_back({std::move(sample), std::move(word)});
}

void add_missing(fact_axis& axis, const char* text) {
  axis.values.push_back({std::monostate{}, text});
}

void add_times(fact_axis& axis, const mentions& said) {
  const std::vector<int> at(said.minutes.begin(), said.minutes.end());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const int from = at[i];
    const int to = at[(i + 1) % at.size()];
    const auto clock = [](int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); };
    axis.values.push_back({clock(from % 1440), clock(from) + "-" + clock(to)});
  }
  if (at.empty()) axis.values.push_back({std::string("12:00"), "any"});
}

// Days that no window tells apart are one value.
void add_days(fact_axis& axis, const mentions& said) {
  constexpr auto& names = config::weekday_words;
  std::map<std::vector<bool>, std::vector<unsigned>> classes;
  for (unsigned d = 0; d < 7; ++d) {
    std::vector<bool> in;
    for (const auto bits : said.days) in.push_back((bits >> d & 1U) != 0);
    classes[in].push_back(d);
  }
  std::vector<std::vector<unsigned>> groups;
  for (auto& [in, group] : classes) groups.push_back(std::move(group));
  std::sort(groups.begin(), groups.end());
  for (const auto& group : groups) {
    std::string text;
    for (std::size_t i = 0; i < group.size();) {
      std::size_t last = i;
      while (last + 1 < group.size() && group[last + 1] == group[last] + 1) ++last;
      text += fmt::format("{}{}", text.empty() ? "" : " ", names[group[i]]);
      if (last != i) text += fmt::format("-{}", names[group[last]]);
      i = last + 1;
    }
    axis.values.push_back({std::string(names[group.front()]), text});
  }
}

void add_names(fact_axis& axis, const fact_info& row, const mentions& said, policies_span policies) {
  for (const auto* p : policies) {
    const auto& c = p->configuration();
    if (row.id == fact_id::tag) {
      for (const auto& tag : c.tags) add_word(axis, tag);
    }
    if (row.id != fact_id::model) continue;
    for (const auto& name : c.models) add_word(axis, name.name);
  }
  for (const auto& word : said.words) {
    const auto sample = sample_of(word);
    const auto known = [&](const policy* p) { return !p->resolve(sample).empty(); };
    if (row.id != fact_id::model || std::any_of(policies.begin(), policies.end(), known))
      add_word(axis, word);
  }
  if (row.id != fact_id::model) add_missing(axis, "none");
}

void add_declared(fact_axis& axis, config::fact_type type, const mentions& said) {
  switch (type) {
    case config::fact_type::boolean:
      axis.values.push_back({true, "true"});
      axis.values.push_back({false, "false"});
      break;
    case config::fact_type::number:
      add_numbers(axis, said, false, 0);
      break;
    case config::fact_type::name:
      for (const auto& word : said.words) add_word(axis, word);
      break;
  }
  add_missing(axis, "unknown");
}

// Unknown cannot happen to the links: before the first reading they are up.
bool may_be_unknown(const fact_info& row) {
  return row.source == fact_source::sensor && row.id != fact_id::network && row.id != fact_id::lan;
}

void add_known(fact_axis& axis, const fact_info& row, const mentions& said, policies_span policies) {
  switch (row.shape) {
    case fact_shape::flag:
      axis.values.push_back({true, "true"});
      axis.values.push_back({false, "false"});
      break;
    case fact_shape::choice:
      for (const auto choice : row.choices) axis.values.push_back({std::string(choice), std::string(choice)});
      break;
    case fact_shape::number:
      axis.unit = unit_of(row.id);
      add_numbers(axis, said, is_whole(row.id),
                  row.id == fact_id::battery  ? 100
                  : row.id == fact_id::bucket ? 99.99
                                              : 0);
      if (row.id == fact_id::deadline || row.id == fact_id::first_token_budget) add_missing(axis, "none");
      break;
    case fact_shape::text:
      add_names(axis, row, said, policies);
      break;
    case fact_shape::window:
      add_times(axis, said);
      break;
    case fact_shape::weekday:
      add_days(axis, said);
      break;
    case fact_shape::header:
      break;
  }
  if (may_be_unknown(row)) add_missing(axis, "unknown");
}

bool has_limits(policies_span policies) {
  return std::ranges::any_of(policies, [](const policy* p) { return !p->configuration().limits.empty(); });
}

// Each limit by itself: which of them stand at once is for a test to say.
void add_limits(fact_axis& axis, policies_span policies) {
  if (!has_limits(policies)) return;
  for (const auto* p : policies) {
    for (const auto& l : p->configuration().limits) add_word(axis, l.name);
  }
  add_missing(axis, "none");
}

const config::fact_config* declared_fact(std::string_view fact, policies_span policies) {
  for (const auto* p : policies) {
    for (const auto& f : p->configuration().facts) {
      if (f.name == fact && f.type) return &f;
    }
  }
  return nullptr;
}

}  // namespace

std::string fact_axis::describe(std::span<const std::size_t> some) const {
  if (some.size() == values.size()) return "any";
  std::string out;
  const auto add = [&](const std::string& text) { out += (out.empty() ? "" : " or ") + text; };
  for (std::size_t i = 0; i < some.size();) {
    const auto& first = values[some[i]];
    if (!first.is_interval) {
      add(first.text);
      ++i;
      continue;
    }
    auto end = first.to;
    for (++i; i < some.size() && values[some[i]].is_interval && values[some[i]].from == end; ++i)
      end = values[some[i]].to;
    add(range_text(*this, first.from, end));
  }
  return out;
}

fact_axis axis_of(std::string_view fact, policies_span policies) {
  fact_axis axis;
  axis.fact = fact;
  const auto said = mentions_of(fact, policies);
  if (fact.starts_with(header_prefix)) {
    for (const auto& word : said.words) add_word(axis, word);
    add_missing(axis, "not sent");
  } else if (fact == config::reached_key) {
    add_limits(axis, policies);
  } else if (const auto* row = find_fact(fact)) {
    add_known(axis, *row, said, policies);
  } else if (const auto* own = declared_fact(fact, policies)) {
    add_declared(axis, *own->type, said);
  }
  return axis;
}

std::vector<std::string> facts_read(policies_span policies) {
  std::vector<std::string> out;
  const auto add = [&](std::string fact) {
    if (std::find(out.begin(), out.end(), fact) == out.end()) out.push_back(std::move(fact));
  };
  for (const auto* p : policies) {
    for (const auto& node : p->compiled().code.nodes) {
      if (node.kind != config::condition_kind::test || node.source == nullptr) continue;
      if (node.source->fact != "header") {
        add(node.source->fact);
        continue;
      }
      for (const auto& value : node.source->any_of) {
        if (const auto* h = std::get_if<config::header_test>(&value))
          add(std::string(header_prefix) + h->name);
      }
    }
  }
  if (has_limits(policies)) add(std::string(config::reached_key));
  return out;
}

bool reads_fact(const policy& of, std::string_view fact) {
  const policy* one = &of;
  const auto all = facts_read(std::span(&one, 1));
  return std::ranges::find(all, fact) != all.end();
}

std::vector<std::string> facts_known(policies_span policies) {
  std::vector<std::string> out;
  for (const auto& row : known_facts()) {
    if (row.shape != fact_shape::header) out.emplace_back(row.name);
  }
  for (const auto* p : policies) {
    for (const auto& name : p->declared_facts()) {
      if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
    }
  }
  if (has_limits(policies)) out.emplace_back(config::reached_key);
  for (auto& fact : facts_read(policies)) {
    if (fact.starts_with(header_prefix)) out.push_back(std::move(fact));
  }
  return out;
}

}  // namespace nearfar::routes
