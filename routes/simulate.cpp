#include "routes/simulate.hpp"

#include "routes/explain.hpp"
#include "routes/situation.hpp"

#include <algorithm>
#include <charconv>

namespace nearfar::routes {

namespace {

constexpr double per_million = 1e-6;

std::string place(const policy& rules, const answer& of, const plan& p) {
  if (!of.order.empty()) return rules.targets()[of.order.front()].name;
  return std::string(p.size == 0 ? refused_place : held_back_place);
}

std::string recorded_place(const recorded_outcome& of) {
  if (!of.order.empty()) return of.order.front();
  return std::string(of.end == "refused" ? refused_place : held_back_place);
}

const target* by_name(const policy& rules, std::string_view name) {
  const auto all = rules.targets();
  const auto found = std::find_if(all.begin(), all.end(), [&](const target& t) { return t.name == name; });
  return found == all.end() ? nullptr : &*found;
}

cost_range cost_at(const target& by, const decision_record& one) {
  const double in = static_cast<double>(one.outcome.input_tokens.value_or(one.asked.input_tokens));
  const double out_known = static_cast<double>(one.outcome.output_tokens.value_or(0));
  const double out_most =
      one.outcome.output_tokens ? out_known : static_cast<double>(one.asked.output_tokens);
  const double base = in * *by.price_input * per_million;
  return {base + out_known * *by.price_output * per_million,
          base + out_most * *by.price_output * per_million};
}

std::optional<millis> measured(const decision_record& one, std::string_view name) {
  for (const auto& state : one.targets) {
    if (state.name == name) return state.first_token;
  }
  return std::nullopt;
}

}  // namespace

simulation::simulation(const policy& rules, replay::zone_lookup offset_of)
    : rules_(rules), replay_(rules, std::move(offset_of)) {}

void simulation::add(decision_record& one) {
  one.bind();
  if (const auto missing = replay_.missing_facts(one); !missing.empty()) {
    ++so_far_.undecidable;
    for (const auto& fact : missing) ++so_far_.missing[fact];
    return;
  }
  const auto input = replay_.input(one);
  evaluate(input, plan_, why_);
  const auto now = answer_of(plan_, why_);
  const auto from = recorded_place(one.outcome);
  const auto to = place(rules_, now, plan_);
  ++so_far_.queries;
  ++so_far_.matrix[{from, to}];
  auto& of_model = so_far_.by_model[one.model];
  auto& of_key = so_far_.by_key[one.key.empty() ? "(none)" : one.key];
  ++of_model.queries;
  ++of_key.queries;
  for (std::size_t i = 0; i < why_.guard_count; ++i) {
    const bool applies = why_.guards[i] != truth::no && why_.unlesses[i] != truth::yes;
    if (applies) ++so_far_.guard_hits[std::string(rules_.guard_name(static_cast<std::uint16_t>(i)))];
  }
  count_cost(one, from, now.order.empty() ? std::nullopt : std::optional(now.order.front()));
  count_time(one, from, to);
  if (from == to) return;
  ++so_far_.moved;
  ++of_model.moved;
  ++of_key.moved;
  if (to == refused_place) ++so_far_.newly_refused;
  if (from == refused_place) ++so_far_.newly_answered;
  if (so_far_.examples.size() < most_examples) {
    so_far_.examples.push_back({one.id, one.model, from, to, explain(input, plan_, why_)});
  }
}

void simulation::count_cost(const decision_record& one, const std::string& from,
                            std::optional<target_index> to) {
  // Prices are the new policy's for both sides: the question is what the move costs, not what changed in a
  // list.
  const auto* before = by_name(rules_, from);
  const auto* after = to ? &rules_.targets()[*to] : nullptr;
  const auto known = [](const target* t) { return t && t->price_input && t->price_output; };
  if (!known(before) || !known(after)) {
    if (after && from != after->name && from != refused_place && from != held_back_place)
      ++so_far_.moved_unpriced;
    return;
  }
  ++so_far_.priced;
  const auto was = cost_at(*before, one);
  const auto is = cost_at(*after, one);
  so_far_.cost_before.low += was.low;
  so_far_.cost_before.high += was.high;
  so_far_.cost_after.low += is.low;
  so_far_.cost_after.high += is.high;
}

void simulation::count_time(const decision_record& one, const std::string& from, const std::string& to) {
  const auto before = measured(one, from);
  const auto after = measured(one, to);
  if (!before || !after) return;
  ++so_far_.timed;
  so_far_.first_token_before_ms += static_cast<double>(before->count());
  so_far_.first_token_after_ms += static_cast<double>(after->count());
}

simulation_report simulation::report() const {
  auto out = so_far_;
  if (out.timed > 0) {
    out.first_token_before_ms /= static_cast<double>(out.timed);
    out.first_token_after_ms /= static_cast<double>(out.timed);
  }
  return out;
}

std::optional<bool> exceeds(const simulation_report& report, std::string_view limit) {
  const auto sign = limit.find('>');
  if (sign == std::string_view::npos) return std::nullopt;
  const auto what = limit.substr(0, sign);
  auto figure = limit.substr(sign + 1);
  const bool per_cent = figure.ends_with('%');
  if (per_cent) figure.remove_suffix(1);
  double bound = 0;
  const auto [end, bad] = std::from_chars(figure.data(), figure.data() + figure.size(), bound);
  if (bad != std::errc{} || end != figure.data() + figure.size()) return std::nullopt;
  const auto of_all = [&](std::uint64_t count, std::uint64_t all) {
    const double value = static_cast<double>(count);
    if (!per_cent) return value > bound;
    return all > 0 && value * 100 / static_cast<double>(all) > bound;
  };
  if (what == "moved") return of_all(report.moved, report.queries);
  if (what == "refused") return of_all(report.newly_refused, report.queries);
  if (what == "undecidable") return of_all(report.undecidable, report.queries + report.undecidable);
  if (what == "cost") {
    const double rise = report.cost_after.high - report.cost_before.high;
    if (!per_cent) return rise > bound;
    return report.cost_before.high > 0 ? rise * 100 / report.cost_before.high > bound : rise > 0;
  }
  return std::nullopt;
}

}  // namespace nearfar::routes
