#include "routes/why_not.hpp"

#include "routes/condition_text.hpp"
#include "routes/explain.hpp"
#include "routes/fact_axis.hpp"
#include "routes/json_text.hpp"
#include "routes/limits.hpp"
#include "routes/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <tuple>

namespace nearfar::routes {
namespace {

struct outcome {
  plan order;
  trace why;
};

std::string as_written(const met_test& r) {  // the words of the file, so that they can be given back
  if (r.shape != fact_shape::flag) return r.is;
  return r.is == "yes" ? "true" : r.is == "no" ? "false" : r.is;
}

std::string because(const std::vector<met_test>& reasons) {
  std::string out;
  for (const auto& r : reasons) {
    const auto is = as_written(r);
    out += fmt::format("{}{} is {}", out.empty() ? " because " : " and ", r.fact, is);
    if (is == "unknown") out += ", and in a guard unknown counts as true";
  }
  return out;
}

class search {
 public:
  search(const situation& now, target_index target)
      : now_(now), rules_(now.rules()), t_(rules_.compiled()), target_(target) {}

  why_not run() {
    out_.target = t_.targets[target_].name;
    run_at(now_, here_);
    out_.position = position_in(here_);
    out_.is = state_in(here_);
    if (out_.is == why_not::state::first) return std::move(out_);
    out_.in_the_way = obstacle();
    if (out_.is != why_not::state::no_candidate) look_for_change();
    return std::move(out_);
  }

 private:
  static void run_at(situation& s, outcome& into) { evaluate(s.input(), into.order, into.why); }

  const verdict* verdict_in(const outcome& o) const {
    for (std::size_t i = 0; i < o.why.candidates; ++i) {
      if (o.why.verdicts[i].target == target_) return &o.why.verdicts[i];
    }
    return nullptr;
  }

  // Among those that would be tried now; else 0.
  std::size_t position_in(const outcome& o) const {
    const auto order = answer_of(o.order, o.why).order;
    const auto at = std::find(order.begin(), order.end(), target_);
    return at == order.end() ? 0 : static_cast<std::size_t>(at - order.begin()) + 1;
  }

  why_not::state state_in(const outcome& o) const {
    const auto* v = verdict_in(o);
    if (v == nullptr) return why_not::state::no_candidate;
    if (v->reason == drop_reason::kept)
      return position_in(o) == 1 ? why_not::state::first : why_not::state::behind;
    return is_permanent(v->reason) ? why_not::state::dropped : why_not::state::held_back;
  }

  std::string rule_here() const {
    if (here_.order.rule == none_index) return "no rule matches, and the model name";
    const auto& rule = t_.source->rules[here_.order.rule];
    return fmt::format("rule {} ({})", rule.name, place_text(*t_.source, rule.where));
  }

  std::string obstacle() {
    const auto* v = verdict_in(here_);
    if (v == nullptr) return fmt::format("the name `{}` does not stand for it", now_.model());
    const auto in = now_.input();
    switch (v->reason) {
      case drop_reason::kept:
        return behind();
      case drop_reason::guard_allow:
      case drop_reason::guard_deny:
        return guard(*v, in);
      case drop_reason::rule_only:
        return fmt::format("{} keeps to others by its `only`{}", rule_here(), rule_because(in));
      case drop_reason::limit:
        return limit(*v, in);
      case drop_reason::max_price:
        return fmt::format("{}: it is {}{}", rule_here(), drop_text(in, *v), rule_because(in));
      default:
        return drop_text(in, *v);
    }
  }

  std::string guard(const verdict& v, const evaluation_input& in) const {
    const auto& from = t_.source->guards[v.guard];
    const auto reasons =
        reasons_for(t_.code, t_.guards[v.guard].when, here_.why.guards[v.guard], {in.asked, in.now_true});
    return fmt::format("guard {} ({}) {}{}", from.name, place_text(*t_.source, from.where),
                       v.reason == drop_reason::guard_deny ? "denies it" : "allows only others",
                       because(reasons));
  }

  std::string limit(const verdict& v, const evaluation_input& in) const {
    if (v.guard >= limit_count(rules_)) return drop_text(in, v);
    const auto& from = t_.source->limits[v.guard];
    const auto reasons = reasons_for(t_.code, t_.limits[v.guard].when, truth::yes, {in.asked, in.now_true});
    return fmt::format("limit {} ({}) of {} has no room for it{}", from.name,
                       place_text(*t_.source, from.where), extent_of(from), because(reasons));
  }

  std::string rule_because(const evaluation_input& in) const {
    if (here_.order.rule == none_index) return {};
    return because(
        reasons_for(t_.code, t_.rules[here_.order.rule].when, truth::yes, {in.asked, in.now_true}));
  }

  std::string behind() {
    const auto order = answer_of(here_.order, here_.why).order;
    const auto first = order.front();
    const auto& ahead = t_.targets[first].name;
    const auto place = ordinal(out_.position);
    if (here_.order.rule == none_index)
      return fmt::format("it is {}: no rule matches, and the model name lists {} before it", place, ahead);
    const auto& row = t_.rules[here_.order.rule];
    const auto why = row.demoted.has(target_) && !row.demoted.has(first)
                         ? fmt::format("puts it behind {} by its `min_quality`", ahead)
                     : row.rank[target_] != row.rank[first] ? fmt::format("prefers {}", ahead)
                                                            : fmt::format("orders {} before it", ahead);
    return fmt::format("it is {}: {} {}{}", place, rule_here(), why, rule_because(now_.input()));
  }

  // Facts whose change may matter: of equal changes the first is told.
  std::vector<std::string> facts() const {
    const policy* one = &rules_;
    auto out = facts_read({&one, 1});
    const auto add = [&](const char* fact) {
      if (std::find(out.begin(), out.end(), fact) == out.end()) out.emplace_back(fact);
    };
    for (const char* fact : {"network", "lan", "input_tokens", "tools", "images", "audio", "json", "stream"})
      add(fact);
    // What a client can say is easier to change than the weather.
    std::vector<std::string> sorted;
    for (const bool client : {true, false}) {
      for (const auto& fact : out) {
        const auto* row = find_fact(fact);
        if ((row != nullptr && row->source == fact_source::client) == client) sorted.push_back(fact);
      }
    }
    return sorted;
  }

  // How much else would be different. To lose another target weighs more than to change the rule.
  std::size_t differences(const outcome& there) const {
    std::size_t count = there.order.rule == here_.order.rule ? 0 : 1;
    for (std::size_t i = 0; i < here_.why.candidates && i < there.why.candidates; ++i) {
      const auto before = here_.why.verdicts[i].reason;
      const auto after = there.why.verdicts[i].reason;
      if (here_.why.verdicts[i].target != target_ && before != after)
        count += after == drop_reason::kept ? 1 : 2;
    }
    return count;
  }

  // Less is a smaller change.
  struct weight {
    std::size_t others = 0;
    std::size_t position = 0;
    std::size_t fact = 0;
    double distance = 0;
    auto key() const { return std::tuple(others, position, fact, distance); }
  };

  bool is_better(std::size_t position) const {
    if (position == 0) return false;
    return out_.is == why_not::state::behind ? position == 1 : true;
  }

  // Between numbers, and between neighbours in the order of a choice.
  static double distance(const fact_axis& axis, std::size_t at, const std::string& was) {
    if (const auto* number = std::get_if<double>(&axis.values[at].value))
      return std::abs(*number - std::strtod(was.c_str(), nullptr));
    for (std::size_t i = 0; i < axis.values.size(); ++i) {
      if (axis.values[i].text == was) return std::abs(static_cast<double>(i) - static_cast<double>(at));
    }
    return 0;
  }

  // The tests of a fact, so that "was" is what explain shows too.
  std::string value_now(const std::string& fact) {
    const auto in = now_.input();
    if (fact == config::reached_key) return now_.reached_text();
    if (const auto* row = find_fact(fact)) {
      auto text = fact_text(row->id, {in.asked, in.now_true});
      return row->shape == fact_shape::flag ? (text == "yes" ? "true" : text == "no" ? "false" : text) : text;
    }
    const auto names = rules_.declared_facts();
    const auto at = std::find(names.begin(), names.end(), fact);
    if (at == names.end()) return {};
    auto text = declared_text(static_cast<std::size_t>(at - names.begin()), {in.asked, in.now_true});
    return text == "yes" ? "true" : text == "no" ? "false" : text;
  }

  void add_room(fact_axis& axis) {  // a prompt that fits: the context less the answer that was asked for
    if (axis.fact != "input_tokens" || !t_.targets[target_].context) return;
    const auto context = *t_.targets[target_].context;
    const auto wanted = now_.input().asked.output_tokens;
    if (wanted > context) return;
    const auto room = static_cast<double>(context - wanted);
    axis.values.push_back({room, fmt::format("{}", room)});
  }

  void look_for_change() {
    const policy* one = &rules_;
    auto there = std::make_unique<outcome>();
    weight best;
    const auto list = facts();
    for (std::size_t f = 0; f < list.size(); ++f) {
      if (list[f] == "model") continue;
      auto axis = axis_of(list[f], {&one, 1});
      add_room(axis);
      // That another limit is reached instead is no help.
      if (list[f] == config::reached_key) axis.values.erase(axis.values.begin(), axis.values.end() - 1);
      const auto was = value_now(list[f]);
      auto changed = now_;
      for (std::size_t i = 0; i < axis.values.size(); ++i) {
        if (changed.give(list[f], axis.values[i].value) != situation::outcome::taken) continue;
        run_at(changed, *there);
        ++out_.tried;
        const auto position = position_in(*there);
        if (!is_better(position)) continue;
        const weight found{differences(*there), position, f, distance(axis, i, was)};
        if (out_.remedy && !(found.key() < best.key())) continue;
        best = found;
        out_.remedy = why_not::change{list[f], was, given_text(axis.values[i], axis.unit), position};
      }
    }
  }

  static std::string given_text(const axis_value& v, std::string_view unit) {
    if (const auto* number = std::get_if<double>(&v.value)) return fmt::format("{}{}", *number, unit);
    if (const auto* word = std::get_if<std::string>(&v.value)) return *word;
    return v.text;
  }

  situation now_;
  const policy& rules_;
  const policy::tables& t_;
  target_index target_;
  outcome here_;
  why_not out_;
};

std::string_view word_of(why_not::state s) {
  switch (s) {
    case why_not::state::first:
      return "first";
    case why_not::state::behind:
      return "behind";
    case why_not::state::held_back:
      return "held_back";
    case why_not::state::dropped:
      return "dropped";
    case why_not::state::no_candidate:
      return "no_candidate";
    case why_not::state::unknown_target:
      return "unknown_target";
  }
  return "unknown_target";
}

}  // namespace

std::vector<std::string> target_names(const policy& rules) {
  std::vector<std::string> out;
  for (const auto& t : rules.targets()) out.push_back(t.name);
  return out;
}

std::string ordinal(std::size_t position) {
  constexpr std::array<const char*, 4> words{"none", "first", "second", "third"};
  return position < words.size() ? words[position] : fmt::format("{}th", position);
}

why_not explain_why_not(const situation& now, std::string_view target) {
  const auto& rules = now.rules();
  for (std::size_t i = 0; i < rules.targets().size(); ++i) {
    const auto& t = rules.targets()[i];
    const auto& provider = rules.configuration().providers[t.provider].name;
    if (target != t.name && target != provider + "/" + t.upstream_model) continue;
    return search(now, static_cast<target_index>(i)).run();
  }
  why_not out;
  out.target = target;
  return out;
}

std::string to_text(const why_not& w) {
  switch (w.is) {
    case why_not::state::first:
      return fmt::format("{} is the answer\n", w.target);
    case why_not::state::unknown_target:
      return fmt::format("no target is called `{}`\n", w.target);
    case why_not::state::no_candidate:
      return w.in_the_way + '\n';
    default:
      break;
  }
  if (!w.remedy) return fmt::format("{}; no change of a single fact would help\n", w.in_the_way);
  return fmt::format("{}; with {}={} it would be {}\n", w.in_the_way, w.remedy->fact, w.remedy->becomes,
                     ordinal(w.remedy->position));
}

std::string to_json(const why_not& w) {
  std::string remedy = "null";
  if (w.remedy) {
    remedy = fmt::format(R"({{"fact":{},"was":{},"becomes":{},"position":{}}})", json_string(w.remedy->fact),
                         json_string(w.remedy->was), json_string(w.remedy->becomes), w.remedy->position);
  }
  return fmt::format(R"({{"target":{},"is":"{}","position":{},"in_the_way":{},"remedy":{},"tried":{}}})",
                     json_string(w.target), word_of(w.is), w.position, json_string(w.in_the_way), remedy,
                     w.tried);
}

}  // namespace nearfar::routes
