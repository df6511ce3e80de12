// The layer of a diff that asks both policies the same questions.
#include "config/fact_table.hpp"
#include "routes/policy_diff.hpp"
#include "routes/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace nearfar::routes {
namespace {

constexpr auto nothing = static_cast<std::size_t>(-1);

using targets_by_name = std::map<std::string, const target*>;

targets_by_name by_name(const policy& p) {
  targets_by_name out;
  for (const auto& t : p.targets()) out.emplace(t.name, &t);
  return out;
}

struct ability {
  const char* fact;
  bool target::* has;
};
constexpr std::array<ability, 5> abilities{{{"tools", &target::tools},
                                            {"images", &target::images},
                                            {"audio", &target::audio},
                                            {"json", &target::json},
                                            {"stream", &target::stream}}};

// What a query wants matters where targets differ in what they can do.
void add_abilities(const policy& before, const policy& after, std::vector<std::string>& facts) {
  const auto old_targets = by_name(before);
  const auto new_targets = by_name(after);
  const auto add = [&](const char* fact) {
    if (std::find(facts.begin(), facts.end(), fact) == facts.end()) facts.emplace_back(fact);
  };
  const auto differs = [&](const auto& get) {
    return std::any_of(old_targets.begin(), old_targets.end(), [&](const auto& one) {
      const auto other = new_targets.find(one.first);
      return other != new_targets.end() && get(*one.second) != get(*other->second);
    });
  };
  for (const auto& a : abilities) {
    if (differs([&](const target& t) { return t.*a.has; })) add(a.fact);
  }
  if (differs([](const target& t) { return t.context; })) add("input_tokens");
}

// An ordinary query, as an index into each axis.
cell ordinary(const std::vector<fact_axis>& axes, const policy& p) {
  cell out;
  for (const auto& axis : axes) {
    const auto usual = [&](std::string_view text) {
      return axis.fact == "privacy"
                 ? text == config::privacy_words[static_cast<std::size_t>(p.configuration().default_privacy)]
             : axis.fact == "model"
                 ? text == "auto"
                 : text == "none" || text == "unknown" || text == "not sent" || text == "false";
    };
    std::size_t at = 0;
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
      if (usual(axis.values[i].text)) at = i;
    }
    out.push_back(at);
  }
  return out;
}

std::string order_text(const policy& p, const answer& a, bool known_name) {
  if (!known_name) return "no such name";
  if (a.order.empty()) return first_of(p, a);
  return fmt::format("{}", fmt::join(order_of(p, a), ", "));
}

class comparer {
 public:
  comparer(const policy& before, const policy& after, std::int64_t moment)
      : before_(before), after_(after), old_(before), new_(after) {
    for (auto* s : {&old_, &new_}) {
      s->set_clock(moment, std::vector<std::int32_t>(s->rules().zones().size(), 0), 0);
      s->give("time", std::string("12:00"));
      s->give("weekday", std::string("mon"));
      s->give("model", std::string("auto"));
    }
  }

  answer_changes run(std::uint64_t most) {
    make_axes();
    const auto visit = [&](const cell& at) { compare(at); };
    std::vector<fact_axis>& axes = axes_;
    if (cells_in(axes) <= most) {
      for_each_cell(axes, new_, visit);
      out_.asked = cells_in(axes);
      std::sort(cells_.begin(), cells_.end(),
                [](const block& a, const block& b) { return a.values < b.values; });
      cells_ = joined(std::move(cells_), widths_of(axes));
    } else {
      out_.varied = 1;
      while (near_cells_in(axes, out_.varied + 1) <= most) ++out_.varied;
      for_each_near_cell(axes, ordinary(axes, after_), out_.varied, new_, visit);
      out_.asked = near_cells_in(axes, out_.varied);
    }
    for (const auto& one : cells_) add_row(one);
    return std::move(out_);
  }

 private:
  void make_axes() {
    const std::array<const policy*, 2> both{&before_, &after_};
    auto facts = facts_read(both);
    if (std::find(facts.begin(), facts.end(), "model") == facts.end()) facts.insert(facts.begin(), "model");
    add_abilities(before_, after_, facts);
    for (const auto& fact : facts) {
      auto axis = axis_of(fact, both);
      if (axis.values.size() < 2) continue;
      out_.facts.push_back(fact);
      axes_.push_back(std::move(axis));
    }
  }

  struct key {
    answer a;
    bool known = true;
    std::string order_front(const policy& p) const { return first_of(p, a); }
    std::vector<std::size_t> flat() const {
      std::vector<std::size_t> out{a.rule, a.attempts, a.held_back ? 1U : 0U, known ? 1U : 0U};
      out.insert(out.end(), a.order.begin(), a.order.end());
      return out;
    }
  };

  static std::size_t number_of(const key& k, std::vector<key>& list,
                               std::map<std::vector<std::size_t>, std::size_t>& seen) {
    const auto [at, is_new] = seen.try_emplace(k.flat(), list.size());
    if (is_new) list.push_back(k);
    return at->second;
  }

  static key asked(situation& s) { return {ask(s), !s.rules().resolve(s.model()).empty()}; }

  // `new_` stands at the cell already; a bucket's conversation is given again only when it changed.
  void compare(const cell& at) {
    for (std::size_t i = 0; i < at.size(); ++i) {
      if (last_.empty() || last_[i] != at[i]) old_.give(axes_[i].fact, axes_[i].values[at[i]].value);
    }
    last_ = at;
    const auto from = number_of(asked(old_), old_answers_, old_seen_);
    const auto to = number_of(asked(new_), new_answers_, new_seen_);
    const auto [pair, is_new] = pairs_.try_emplace({from, to}, nothing);
    if (is_new) {
      if (auto row = change(old_answers_[from], new_answers_[to])) pair->second = number_of(std::move(*row));
    }
    if (pair->second == nothing) return;
    ++out_.changed;
    block one;
    for (const auto i : at) one.values.push_back({i});
    one.answer = pair->second;
    cells_.push_back(std::move(one));
  }

  // Changes that read the same are one, so that their cells join.
  std::size_t number_of(answer_changes::row row) {
    const auto same = [&](const answer_changes::row& r) {
      return r.before == row.before && r.after == row.after && r.rule_before == row.rule_before &&
             r.rule_after == row.rule_after;
    };
    const auto at = std::find_if(shown_.begin(), shown_.end(), same);
    const auto number = static_cast<std::size_t>(at - shown_.begin());
    if (at == shown_.end()) shown_.push_back(std::move(row));
    return number;
  }

  // What a row would say; nullopt: nothing changed.
  std::optional<answer_changes::row> change(const key& a, const key& b) const {
    answer_changes::row row;
    row.before = order_text(before_, a.a, a.known);
    row.after = order_text(after_, b.a, b.known);
    row.rule_before = before_.rule_name(a.a.rule);
    row.rule_after = after_.rule_name(b.a.rule);
    const auto& old_how = before_.attempts(a.a.attempts).name;
    const auto& new_how = after_.attempts(b.a.attempts).name;
    if (row.before != row.after) {
      const auto first = [](const std::string& order) { return order.substr(0, order.find(", ")); };
      if (first(row.before) == first(row.after)) return row;
      row.before = first(row.before);
      row.after = first(row.after);
      return row;
    }
    if (a.a.order.empty() || old_how == new_how) return std::nullopt;
    row.before = fmt::format("{} (attempts {})", a.order_front(before_), old_how);
    row.after = fmt::format("{} (attempts {})", b.order_front(after_), new_how);
    return row;
  }

  void add_row(const block& one) {
    auto row = shown_[one.answer];
    row.cells = 1;
    for (std::size_t i = 0; i < axes_.size(); ++i) {
      row.values.push_back(axes_[i].describe(one.values[i]));
      row.cells *= one.values[i].size();
    }
    out_.rows.push_back(std::move(row));
  }

  const policy& before_;
  const policy& after_;
  situation old_;
  situation new_;
  std::vector<fact_axis> axes_;
  cell last_;
  std::vector<key> old_answers_;
  std::vector<key> new_answers_;
  std::map<std::vector<std::size_t>, std::size_t> old_seen_;
  std::map<std::vector<std::size_t>, std::size_t> new_seen_;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> pairs_;
  std::vector<answer_changes::row> shown_;
  std::vector<block> cells_;
  answer_changes out_;
};

}  // namespace

answer_changes changed_answers(const policy& before, const policy& after, std::int64_t moment,
                               std::uint64_t most_cells) {
  return comparer(before, after, moment).run(most_cells);
}

}  // namespace nearfar::routes
