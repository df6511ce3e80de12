#include "gateway/ledger/spent.hpp"

#include "gateway/ledger/ledger_schema.hpp"

#include <fmt/format.h>

#include <array>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace nearfar::gateway {

namespace {

struct sums {
  std::int64_t attempts = 0;
  nano_usd cost = 0;
  std::int64_t tokens = 0;
  std::int64_t queries = 0;

  void add(const sums& other, std::int64_t times) {
    attempts += times * other.attempts;
    cost += times * other.cost;
    tokens += times * other.tokens;
    queries += times * other.queries;
  }
};

class adder {
 public:
  adder(database& from, config::limit_by owner) : from_(from), owner_(owner) {}

  // Whole days, the second not included.
  routes::result<void> days(std::int64_t first, std::int64_t end) {
    auto asked = from_.prepare(
        fmt::format("SELECT {0} AS owner, SUM(attempts), SUM(cost), SUM(input + output), SUM({1}) FROM days "
                    "WHERE day >= ?1 AND day < ?2 GROUP BY owner",
                    column(), by_tier() ? "tier_queries" : "queries"));
    if (!asked) return std::move(asked).error();
    asked->bind(1, first).bind(2, end);
    for (;;) {
      auto more = asked->step();
      if (!more) return std::move(more).error();
      if (!*more) return {};
      by_owner_[std::string(asked->text(0))].add(
          {asked->number(1), asked->number(2), asked->number(3), asked->number(4)}, 1);
    }
  }

  // Milliseconds, the second not included. Added up here by the numbers of groups: SQLite would sort the
  // rows.
  routes::result<void> rows(std::int64_t first, std::int64_t end, std::int64_t times) {
    auto asked = from_.prepare(
        "SELECT grp, first, COALESCE(cost, 0), input + output FROM entries WHERE id >= ?1 AND id < ?2");
    if (!asked) return std::move(asked).error();
    asked->bind(1, id_of_time(first)).bind(2, id_of_time(end));
    std::unordered_map<std::int64_t, sums> by_group;
    for (;;) {
      auto more = asked->step();
      if (!more) return std::move(more).error();
      if (!*more) break;
      const auto first_of = asked->number(1);
      const bool counts = by_tier() ? first_of > 0 : first_of == 1;
      by_group[asked->number(0)].add({1, asked->number(2), asked->number(3), counts ? 1 : 0}, times);
    }
    return owners_of(by_group);
  }

  std::vector<owner_sum> take() {
    std::vector<owner_sum> out;
    for (const auto& [owner, sum] : by_owner_) {
      if (sum.attempts > 0) out.push_back({owner, sum.cost, sum.tokens, sum.queries});
    }
    return out;
  }

 private:
  bool by_tier() const { return owner_ == config::limit_by::tier; }

  std::string_view column() const {
    constexpr std::array<std::string_view, 6> columns{"''", "key", "team", "tag", "model", "tier"};
    return columns[static_cast<std::size_t>(owner_)];
  }

  routes::result<void> owners_of(const std::unordered_map<std::int64_t, sums>& by_group) {
    auto asked = from_.prepare(fmt::format("SELECT {} FROM groups WHERE id = ?1", column()));
    if (!asked) return std::move(asked).error();
    for (const auto& [group, sum] : by_group) {
      auto found = asked->bind(1, group).step();
      if (!found) return std::move(found).error();
      by_owner_[*found ? std::string(asked->text(0)) : std::string()].add(sum, 1);
      if (!*found) continue;
      if (auto end = asked->step(); !end) return std::move(end).error();
    }
    return {};
  }

  database& from_;
  config::limit_by owner_;
  std::map<std::string, sums> by_owner_;
};

routes::result<void> add_up(adder& to, std::int64_t from_ms, std::int64_t until_ms) {
  if (until_ms - from_ms <= day_ms / 2) return to.rows(from_ms, until_ms, 1);
  const auto midnight = from_ms / day_ms * day_ms;
  const bool from_this = from_ms - midnight <= day_ms / 2;
  const auto next = midnight + day_ms;
  auto ok = from_this ? to.rows(midnight, from_ms, -1) : to.rows(from_ms, next, 1);
  if (!ok) return ok;
  const auto last = (until_ms + day_ms - 1) / day_ms;  // days that begin before the end
  if (ok = to.days((from_this ? midnight : next) / day_ms, last); !ok) return ok;
  return to.rows(until_ms, last * day_ms, -1);
}

}  // namespace

routes::result<std::vector<owner_sum>> spent_by(database& from, config::limit_by owner, std::int64_t from_ms,
                                                std::int64_t until_ms) {
  // Sums and rows of one moment: another process may erase some.
  if (auto ok = from.run("BEGIN"); !ok) return std::move(ok).error();
  adder to(from, owner);
  const auto ok = add_up(to, from_ms, until_ms);
  (void)from.run("END");
  if (!ok) return ok.error();
  return to.take();
}

}  // namespace nearfar::gateway
