// The report of a simulation for people and for programs.
#include "routes/json_text.hpp"
#include "routes/simulate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace nearfar::routes {

namespace {

template <class... Values>
void line(std::string& out, fmt::format_string<Values...> form, Values&&... values) {
  fmt::format_to(std::back_inserter(out), form, std::forward<Values>(values)...);
  out += '\n';
}

double per_cent(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(all);
}

std::string money(const cost_range& range) {
  if (range.high - range.low < 5e-5) return fmt::format("{:.4f} USD", range.low);
  return fmt::format("{:.4f} to {:.4f} USD", range.low, range.high);
}

void matrix(std::string& out, const simulation_report& r) {
  if (r.matrix.empty()) return;
  std::size_t widest = 4;
  for (const auto& [move, count] : r.matrix) widest = std::max(widest, move.first.size());
  std::vector<std::pair<std::pair<std::string, std::string>, std::uint64_t>> rows(r.matrix.begin(),
                                                                                  r.matrix.end());
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  line(out, "\n{:<{}}   {:>9}   to", "from", widest, "queries");
  for (const auto& [move, count] : rows) {
    line(out, "{:<{}}   {:>9}   {}{}", move.first, widest, count, move.second,
         move.first == move.second ? "" : "   moved");
  }
}

void shares(std::string& out, std::string_view title, const std::map<std::string, share>& rows) {
  if (rows.empty()) return;
  line(out, "{}", title);
  for (const auto& [name, count] : rows) {
    line(out, "  {:<24} {:>9} queries, {} moved ({:.1f} %)", name, count.queries, count.moved,
         per_cent(count.moved, count.queries));
  }
}

void indented(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    line(out, "    {}", text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

std::string json_shares(const std::map<std::string, share>& rows) {
  return json_array(rows, [](const auto& row) {
    return fmt::format(R"({{"name":{},"queries":{},"moved":{}}})", json_string(row.first), row.second.queries,
                       row.second.moved);
  });
}

std::string json_counts(const std::map<std::string, std::uint64_t>& rows) {
  return json_array(rows, [](const auto& row) {
    return fmt::format(R"({{"name":{},"queries":{}}})", json_string(row.first), row.second);
  });
}

}  // namespace

std::string to_text(const simulation_report& r) {
  std::string out;
  line(out, "{} queries, {} moved ({:.1f} %), {} newly refused, {} newly answered", r.queries, r.moved,
       per_cent(r.moved, r.queries), r.newly_refused, r.newly_answered);
  if (r.undecidable > 0) {
    line(out, "{} could not be decided: the record does not hold", r.undecidable);
    for (const auto& [fact, count] : r.missing) line(out, "  {:<24} {:>9} queries", fact, count);
  }
  matrix(out, r);
  out += '\n';
  if (r.priced > 0) {
    line(out, "cost         {} before, {} after ({} queries with known prices)", money(r.cost_before),
         money(r.cost_after), r.priced);
  }
  if (r.moved_unpriced > 0) {
    line(out, "             without {} that moved from or to a target whose price is not known",
         r.moved_unpriced);
  }
  if (r.timed > 0) {
    line(out, "first token  {:.0f} ms before, {:.0f} ms after, by the estimates of then ({} queries)",
         r.first_token_before_ms, r.first_token_after_ms, r.timed);
  }
  if (!r.guard_hits.empty()) {
    line(out, "guards that applied");
    for (const auto& [name, count] : r.guard_hits) line(out, "  {:<24} {:>9} queries", name, count);
  }
  shares(out, "by model name", r.by_model);
  shares(out, "by key", r.by_key);
  for (const auto& example : r.examples) {
    out += '\n';
    line(out, "example {}: {} from {} to {}", example.id, example.model, example.from, example.to);
    indented(out, example.why);
  }
  line(out, "\nThis predicts the choice, not what the other target would have answered.");
  return out;
}

std::string to_json(const simulation_report& r) {
  const auto moves = json_array(r.matrix, [](const auto& row) {
    return fmt::format(R"({{"from":{},"to":{},"queries":{}}})", json_string(row.first.first),
                       json_string(row.first.second), row.second);
  });
  const auto examples = json_array(r.examples, [](const moved_example& e) {
    return fmt::format(R"({{"id":{},"model":{},"from":{},"to":{},"why":{}}})", json_string(e.id),
                       json_string(e.model), json_string(e.from), json_string(e.to), json_string(e.why));
  });
  return fmt::format(
      R"({{"queries":{},"moved":{},"newly_refused":{},"newly_answered":{},"undecidable":{},"missing":{},"matrix":{},)"
      R"("cost":{{"queries":{},"moved_unpriced":{},"before":{{"low":{},"high":{}}},"after":{{"low":{},"high":{}}}}},)"
      R"("first_token":{{"queries":{},"before_ms":{},"after_ms":{}}},"guards":{},"by_model":{},"by_key":{},"examples":{}}})",
      r.queries, r.moved, r.newly_refused, r.newly_answered, r.undecidable, json_counts(r.missing), moves,
      r.priced, r.moved_unpriced, r.cost_before.low, r.cost_before.high, r.cost_after.low, r.cost_after.high,
      r.timed, r.first_token_before_ms, r.first_token_after_ms, json_counts(r.guard_hits),
      json_shares(r.by_model), json_shares(r.by_key), examples);
}

}  // namespace nearfar::routes
