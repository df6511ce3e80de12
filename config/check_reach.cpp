// Rows that never decide: conditions that cannot be met, or that others above always meet first.
#include "config/check.hpp"
#include "config/codes.hpp"
#include "config/conditions.hpp"
#include "config/moment.hpp"
#include "config/reach.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nearfar::config {

namespace {

// Every row is held against all above it. A policy of more rules is refused when it is compiled.
constexpr std::size_t most_rows = 256;

std::int64_t end_of(const std::optional<std::string>& until) {
  constexpr auto never = std::numeric_limits<std::int64_t>::max();
  return until ? parse_moment(*until).value_or(never) : never;
}

// A row of one of the two tables.
struct table_row {
  std::string_view name;
  const condition* when = nullptr;
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  mark where;
};

std::string names_of(const std::vector<const table_row*>& rows) {
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto* gap = i == 0 ? "" : i + 1 == rows.size() ? " and " : ", ";
    out += fmt::format("{}`{}`", gap, rows[i]->name);
  }
  return out;
}

reach first_past(reach_checker& checker, const table_row& row, const std::vector<const table_row*>& above) {
  std::vector<const condition*> conditions;
  for (const auto* other : above) conditions.push_back(other->when);
  return checker.first(*row.when, conditions);
}

// Of the rows that leave nothing over together, those that it takes.
std::vector<const table_row*> needed(reach_checker& checker, const table_row& row,
                                     std::vector<const table_row*> above) {
  for (std::size_t i = above.size(); i-- > 0;) {
    auto fewer = above;
    fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
    if (first_past(checker, row, fewer) == reach::impossible) above = std::move(fewer);
  }
  return above;
}

// Nullopt: it may be the first to match. Else why not.
std::optional<std::string> why_never(reach_checker& checker, const table_row& row,
                                     const std::vector<const table_row*>& above) {
  for (const auto* other : above) {
    if (is_unconditional(*other->when)) return fmt::format("`{}` above it matches always", other->name);
  }
  // The last resort of a table stays good style where others leave it nothing.
  if (is_unconditional(*row.when)) return std::nullopt;
  const auto together = first_past(checker, row, above);
  if (together == reach::possible) return std::nullopt;
  if (checker.first(*row.when, {}) == reach::impossible) return "nothing can meet all of its condition";
  for (const auto* other : above) {
    if (first_past(checker, row, {other}) == reach::impossible)
      return fmt::format("`{}` above it matches whatever this one would", other->name);
  }
  if (together == reach::undecided) return std::nullopt;
  return fmt::format("{} above it match whatever this one would", names_of(needed(checker, row, above)));
}

void check_rows(const configuration& c, const std::vector<table_row>& rows, std::string_view noun,
                std::string_view exempt, diagnostics& out) {
  if (rows.size() > most_rows) return;
  reach_checker checker(c);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].name == exempt) continue;
    std::vector<const table_row*> above;
    for (std::size_t j = 0; j < i; ++j) {
      // From its end on it is as if it were not there, and the row below has its turn.
      if (rows[j].end >= rows[i].end) above.push_back(&rows[j]);
    }
    if (const auto why = why_never(checker, rows[i], above)) {
      out.warning(code::never_matches, rows[i].where,
                  fmt::format("{} `{}` can never match", noun, rows[i].name), *why);
    }
  }
}

}  // namespace

void advise_on_reach(const configuration& c, diagnostics& out) {
  reach_checker checker(c);
  for (const auto& g : c.guards) {
    if (checker.applies(g.when) != reach::impossible) continue;
    out.warning(code::never_matches, g.where, fmt::format("guard `{}` can never apply", g.name),
                "nothing can meet all of its condition");
  }
  std::vector<table_row> rules;
  for (const auto& r : c.rules) rules.push_back({r.name, &r.when, end_of(r.until), r.where});
  check_rows(c, rules, "rule", {}, out);
  std::vector<table_row> attempts;
  for (const auto& a : c.attempts) attempts.push_back({.name = a.name, .when = &a.when, .where = a.where});
  // What the other entries leave out comes from the one called `default`, matching or not.
  check_rows(c, attempts, "attempts entry", "default", out);
}

}  // namespace nearfar::config
