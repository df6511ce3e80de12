#include "gateway/ledger/row_groups.hpp"

#include "gateway/ledger/ledger_schema.hpp"

#include <array>
#include <utility>

namespace nearfar::gateway {

namespace {

constexpr std::string_view insert_sql =
    "INSERT INTO groups (last_day, key, team, tag, model, target, tier, dialect, stream, outcome, status, "
    "finish, sure, cost_reported, price_input, price_output, policy) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17)";

constexpr std::string_view seen_sql = "UPDATE groups SET last_day = ?2 WHERE id = ?1";

constexpr std::string_view sum_sql =
    "INSERT INTO days (day, key, team, tag, model, target, tier, attempts, answered, input, output, cached, "
    "reasoning, cost, estimated, unpriced, dearest, queries, tier_queries) VALUES "
    "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19) "
    "ON CONFLICT (day, key, team, tag, model, target, tier) DO UPDATE SET attempts = attempts + ?8, "
    "answered = answered + ?9, input = input + ?10, output = output + ?11, cached = cached + ?12, "
    "reasoning = reasoning + ?13, cost = cost + ?14, estimated = estimated + ?15, unpriced = unpriced + ?16, "
    "dearest = dearest + ?17, queries = queries + ?18, tier_queries = tier_queries + ?19";

std::int64_t as_int(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

void bind_price(statement& to, int at, const std::optional<double>& price) {
  if (price) {
    to.bind(at, *price);
  } else {
    to.bind_null(at);
  }
}

}  // namespace

routes::result<void> row_groups::prepare(database& of) {
  file_ = &of;
  for (const auto& [into, sql] :
       {std::pair(&insert_, insert_sql), std::pair(&seen_, seen_sql), std::pair(&sum_, sum_sql)}) {
    auto made = of.prepare(sql);
    if (!made) return std::move(made).error();
    *into = std::move(*made);
  }
  return {};
}

void row_groups::forget() {
  summed_.clear();
  last_ = nullptr;
  known_ = {};
}

routes::result<std::int64_t> row_groups::insert(std::string_view bytes, std::int64_t day) {
  const auto g = read_group(bytes);
  auto& s = insert_;
  s.bind(1, day).bind_static(2, g.key).bind_static(3, g.team).bind_static(4, g.tag).bind_static(5, g.model);
  s.bind_static(6, g.target).bind_static(7, g.tier).bind_static(8, g.dialect);
  s.bind(9, std::int64_t{g.stream}).bind_static(10, g.outcome).bind(11, std::int64_t{g.status});
  s.bind_static(12, g.finish).bind_static(13, to_string(g.sure)).bind(14, std::int64_t{g.cost_is_reported});
  bind_price(s, 15, g.price_input);
  bind_price(s, 16, g.price_output);
  s.bind_static(17, g.policy);
  if (auto ok = s.run(); !ok) return std::move(ok).error();
  return file_->last_id();
}

routes::result<row_groups::known::value_type*> row_groups::group_of(std::string_view bytes,
                                                                    std::int64_t day) {
  // Neighbours are mostly of one group.
  if (last_ == nullptr || last_->first != bytes) {
    auto at = known_.find(bytes);
    if (at == known_.end()) {
      if (known_.size() >= most) {
        if (auto ok = write_sums(); !ok) return std::move(ok).error();
        forget();
      }
      auto id = insert(bytes, day);
      if (!id) return std::move(id).error();
      at = known_.emplace(std::string(bytes), group{*id, day, day, {}}).first;
    }
    last_ = &*at;
  }
  auto& found = last_->second;
  if (day > found.last_day) {
    if (auto ok = seen_.bind(1, found.id).bind(2, day).run(); !ok) return std::move(ok).error();
    found.last_day = day;
  }
  return last_;
}

routes::result<std::int64_t> row_groups::add(const packed_row& row, const row_numbers& n) {
  const auto day = n.at / day_ms;
  const auto found = group_of(row.group(), day);
  if (!found) return found.error();
  auto& [bytes, of] = **found;
  if (of.sum.attempts > 0 && of.day != day) {
    if (auto ok = write_sum(**found); !ok) return std::move(ok).error();
  } else if (of.sum.attempts == 0) {
    summed_.push_back(*found);
  }
  of.day = day;
  auto& sum = of.sum;
  ++sum.attempts;
  if (n.first == first_of::query) ++sum.queries;
  if (n.first != first_of::nothing) ++sum.tier_queries;
  sum.input += as_int(n.input);
  sum.output += as_int(n.output);
  sum.cached += as_int(n.cached);
  sum.reasoning += as_int(n.reasoning);
  if (n.has_cost) sum.cost += n.cost;
  if (!n.has_cost && (n.input > 0 || n.output > 0)) ++sum.unpriced;
  sum.dearest += n.has_dearest ? n.dearest : n.has_cost ? n.cost : 0;
  return of.id;
}

routes::result<void> row_groups::write_sum(known::value_type& of) {
  auto& group = of.second;
  const auto sum = std::exchange(group.sum, {});
  const auto words = read_group(of.first);
  auto& s = sum_;
  s.bind(1, group.day).bind_static(2, words.key).bind_static(3, words.team).bind_static(4, words.tag);
  s.bind_static(5, words.model).bind_static(6, words.target).bind_static(7, words.tier).bind(8, sum.attempts);
  s.bind(9, words.outcome == "answered" ? sum.attempts : 0).bind(10, sum.input).bind(11, sum.output);
  s.bind(12, sum.cached).bind(13, sum.reasoning).bind(14, sum.cost);
  s.bind(15, words.sure == certainty::estimated ? sum.cost : 0).bind(16, sum.unpriced).bind(17, sum.dearest);
  s.bind(18, sum.queries).bind(19, sum.tier_queries);
  return s.run();
}

routes::result<void> row_groups::write_sums() {
  for (auto* one : summed_) {
    if (auto ok = write_sum(*one); !ok) return ok;
  }
  summed_.clear();
  return {};
}

}  // namespace nearfar::gateway
