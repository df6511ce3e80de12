#include "routes/table.hpp"

#include "routes/json_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace nearfar::routes {
namespace {

// Width in characters, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace

std::string first_of(const policy& rules, const answer& a) {
  if (!a.order.empty()) return rules.targets()[a.order.front()].name;
  return a.held_back ? "out of reach" : "none";
}

std::vector<std::string> order_of(const policy& rules, const answer& a) {
  std::vector<std::string> out;
  for (const auto t : a.order) out.push_back(rules.targets()[t].name);
  return out;
}

policy_table make_table(situation base, const std::vector<fact_axis>& by, table_detail detail) {
  policy_table out;
  for (const auto& axis : by) out.by.push_back(axis.fact);
  out.model = base.model();
  out.revision = base.rules().revision();
  out.combinations = cells_in(by);

  std::vector<answer> answers;
  std::map<std::vector<std::size_t>, std::size_t> seen;
  std::vector<block> cells;
  for_each_cell(by, base, [&](const cell& at) {
    auto a = ask(base);
    a.attempts = 0;
    if (detail == table_detail::first_target && a.order.size() > 1) a.order.resize(1);
    std::vector<std::size_t> key{a.rule, a.held_back ? 1U : 0U};
    key.insert(key.end(), a.order.begin(), a.order.end());
    const auto [place, is_new] = seen.try_emplace(std::move(key), answers.size());
    if (is_new) answers.push_back(std::move(a));
    block one;
    for (const auto i : at) one.values.push_back({i});
    one.answer = place->second;
    cells.push_back(std::move(one));
  });
  std::sort(cells.begin(), cells.end(), [](const block& a, const block& b) { return a.values < b.values; });

  for (const auto& one : joined(std::move(cells), widths_of(by))) {
    policy_table::row row;
    for (std::size_t i = 0; i < by.size(); ++i) row.values.push_back(by[i].describe(one.values[i]));
    const auto& a = answers[one.answer];
    row.target = first_of(base.rules(), a);
    row.rule = base.rules().rule_name(a.rule);
    row.order = order_of(base.rules(), a);
    out.rows.push_back(std::move(row));
  }
  return out;
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widest;
  for (const auto& row : rows) {
    widest.resize(std::max(widest.size(), row.size()), 0);
    for (std::size_t i = 0; i < row.size(); ++i) widest[i] = std::max(widest[i], width(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widest[i] - width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

std::string to_text(const policy_table& t, table_detail detail) {
  auto heading = t.by;
  heading.emplace_back(detail == table_detail::whole_order ? "order" : "target");
  heading.emplace_back("rule");
  std::vector<std::vector<std::string>> rows{heading};
  for (const auto& row : t.rows) {
    auto line = row.values;
    line.push_back(detail == table_detail::whole_order && !row.order.empty()
                       ? fmt::format("{}", fmt::join(row.order, ", "))
                       : row.target);
    line.push_back(row.rule);
    rows.push_back(std::move(line));
  }
  return columns(rows);
}

std::string to_json(const policy_table& t) {
  const auto row = [&](const policy_table::row& r) {
    std::string facts;
    for (std::size_t i = 0; i < t.by.size(); ++i)
      facts += fmt::format("{}{}:{}", i == 0 ? "" : ",", json_string(t.by[i]), json_string(r.values[i]));
    return fmt::format(R"({{"facts":{{{}}},"target":{},"rule":{},"order":{}}})", facts, json_string(r.target),
                       json_string(r.rule), json_strings(r.order));
  };
  return fmt::format(R"({{"model":{},"revision":{},"by":{},"combinations":{},"rows":{}}})",
                     json_string(t.model), json_string(t.revision), json_strings(t.by), t.combinations,
                     json_array(t.rows, row));
}

}  // namespace nearfar::routes
