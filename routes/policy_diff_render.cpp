// A diff of policies for people and for programs.
#include "routes/json_text.hpp"
#include "routes/policy_diff.hpp"
#include "routes/table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nearfar::routes {
namespace {

// A screen; JSON has all of them.
constexpr std::size_t rows_shown = 40;
constexpr std::size_t longest_value = 60;

std::string_view word_of(written_change::kind k) {
  switch (k) {
    case written_change::kind::added:
      return "added";
    case written_change::kind::removed:
      return "removed";
    case written_change::kind::moved:
      return "moved";
    case written_change::kind::changed:
      return "changed";
  }
  return "changed";
}

std::string base_name(const std::string& file) {
  return file.substr(file.rfind('/') + 1);
}

// Cut between characters.
std::string shortened(const std::string& text) {
  if (text.size() <= longest_value) return text;
  auto end = longest_value;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

std::string what_text(written_change c) {
  const auto field = c.field.empty() ? std::string() : c.field + ": ";
  c.before = shortened(c.before);
  c.after = shortened(c.after);
  switch (c.is) {
    case written_change::kind::added:
      return field + c.after;
    case written_change::kind::removed:
      return field + c.before;
    case written_change::kind::moved:
      return fmt::format("from place {} to {}", c.before, c.after);
    case written_change::kind::changed:
      return fmt::format("{}{} -> {}", field, c.before, c.after);
  }
  return {};
}

std::string places(const policy_diff& d, const written_change& c) {
  std::string out;
  if (c.old_line != 0) out = fmt::format("{}:{}", base_name(d.old_file), c.old_line);
  if (c.new_line != 0)
    out += fmt::format("{}{}:{}", out.empty() ? "" : " -> ", base_name(d.new_file), c.new_line);
  return out;
}

std::string written_text(const policy_diff& d) {
  if (d.written.empty()) return "as written: no change\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& c : d.written)
    rows.push_back({std::string(word_of(c.is)), c.subject, what_text(c), places(d, c)});
  return "as written\n" + columns(rows);
}

std::string asked_text(const answer_changes& a) {
  if (a.varied == 0) return fmt::format("{} combinations of {}", a.asked, fmt::join(a.facts, ", "));
  return fmt::format("{} combinations: at most {} of {} away from an ordinary query", a.asked, a.varied,
                     fmt::join(a.facts, ", "));
}

std::string answers_text(const answer_changes& a) {
  if (a.changed == 0) return fmt::format("answers: no change in {}\n", asked_text(a));
  std::vector<bool> matters(a.facts.size(), false);
  for (const auto& row : a.rows) {
    for (std::size_t i = 0; i < a.facts.size(); ++i) matters[i] = matters[i] || row.values[i] != "any";
  }
  const auto line_of = [&](const std::vector<std::string>& values) {
    std::vector<std::string> line;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (matters[i]) line.push_back(values[i]);
    }
    return line;
  };
  auto heading = line_of(a.facts);
  for (const char* word : {"before", "rule", "after", "rule"}) heading.emplace_back(word);
  std::vector<std::vector<std::string>> rows{heading};
  for (std::size_t i = 0; i < std::min(a.rows.size(), rows_shown); ++i) {
    const auto& row = a.rows[i];
    auto line = line_of(row.values);
    line.insert(line.end(), {row.before, row.rule_before, row.after, row.rule_after});
    rows.push_back(std::move(line));
  }
  auto out = fmt::format("answers: {} changed of {}\n{}", a.changed, asked_text(a), columns(rows));
  if (a.rows.size() > rows_shown)
    out += fmt::format("and {} rows more, see --json\n", a.rows.size() - rows_shown);
  return out;
}

std::string line_or_null(int line) {
  return line == 0 ? "null" : std::to_string(line);
}

std::string json_written(const written_change& c) {
  return fmt::format(
      R"({{"kind":"{}","subject":{},"field":{},"before":{},"after":{},"old_line":{},"new_line":{}}})",
      word_of(c.is), json_string(c.subject), json_string(c.field), json_string(c.before),
      json_string(c.after), line_or_null(c.old_line), line_or_null(c.new_line));
}

}  // namespace

std::string to_text(const policy_diff& d) {
  return written_text(d) + '\n' + answers_text(d.answers);
}

std::string to_json(const policy_diff& d) {
  const auto& a = d.answers;
  const auto row = [&](const answer_changes::row& r) {
    std::string facts;
    for (std::size_t i = 0; i < a.facts.size(); ++i) {
      if (r.values[i] == "any") continue;
      facts +=
          fmt::format("{}{}:{}", facts.empty() ? "" : ",", json_string(a.facts[i]), json_string(r.values[i]));
    }
    return fmt::format(
        R"({{"facts":{{{}}},"before":{},"rule_before":{},"after":{},"rule_after":{},"combinations":{}}})",
        facts, json_string(r.before), json_string(r.rule_before), json_string(r.after),
        json_string(r.rule_after), r.cells);
  };
  return fmt::format(
      R"({{"old":{},"new":{},"same":{},"written":{},"answers":{{"facts":{},"asked":{},"changed":{},"varied":{},"rows":{}}}}})",
      json_string(d.old_file), json_string(d.new_file), d.same(), json_array(d.written, json_written),
      json_strings(a.facts), a.asked, a.changed, a.varied, json_array(a.rows, row));
}

}  // namespace nearfar::routes
