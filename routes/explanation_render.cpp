// An explanation for people and for programs.
#include "routes/explanation.hpp"
#include "routes/json_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

namespace nearfar::routes {
namespace {

std::string_view loud(std::string_view answer) {
  return answer == "yes" ? "YES" : answer == "unknown" ? "UNKNOWN" : answer;
}

std::string json_facts(const explanation& e) {
  std::string out = "{";
  for (const auto& [name, value] : e.facts) {
    if (out.size() > 1) out += ',';
    out += json_string(name) + ':' + json_string(value);
  }
  return out += '}';
}

template <class Line>
std::string json_line(const Line& line) {
  return fmt::format(R"({{"name":{},"answer":{},"because":{},"place":{}}})", json_string(line.name),
                     json_string(line.answer), json_string(line.because), json_string(line.place));
}

std::string json_dropped(const explanation::dropped_line& d) {
  return fmt::format(R"({{"target":{},"reason":{},"text":{},"place":{},"momentary":{}}})",
                     json_string(d.target), json_string(d.reason), json_string(d.text), json_string(d.place),
                     d.momentary);
}

}  // namespace

std::string to_text(const explanation& e) {
  std::string out;
  const auto to = std::back_inserter(out);
  const auto head = [&](std::string_view word) { fmt::format_to(to, "{:<9}", word); };

  head("target");
  if (e.target.empty()) {
    out += "none";
  } else {
    fmt::format_to(to, "{} ({})", e.target, e.tier);
  }
  fmt::format_to(to, "   rule {}", e.rule);
  if (e.rule != "none") fmt::format_to(to, "  {}", e.rule_place);
  fmt::format_to(to, "   attempts {}   revision {}\n", e.attempts, e.revision);

  head("facts");
  const char* gap = "";
  for (const auto& [name, value] : e.facts) {
    fmt::format_to(to, "{}{}={}", gap, name, value);
    gap = "  ";
  }
  out += '\n';

  for (std::size_t i = 0; i < e.guards.size(); ++i) {
    head(i == 0 ? "guards" : "");
    fmt::format_to(to, "{:<24} {:<8}{}\n", e.guards[i].name, loud(e.guards[i].answer), e.guards[i].because);
  }
  for (std::size_t i = 0; i < e.dropped.size(); ++i) {
    const auto& d = e.dropped[i];
    head(i == 0 ? "dropped" : "");
    fmt::format_to(to, "{:<24} {}", d.target, d.text);
    if (!d.place.empty()) fmt::format_to(to, "  {}", d.place);
    if (d.momentary) out += "  (looked at again)";
    out += '\n';
  }
  if (!e.stick.empty()) {
    head("stick");
    fmt::format_to(to, "{}\n", e.stick);
  }
  head("order");
  fmt::format_to(to, "{}\n", e.order.empty() ? "nothing left" : fmt::format("{}", fmt::join(e.order, ", ")));
  return out;
}

std::string to_json(const explanation& e) {
  return fmt::format(
      R"({{"known_name":{},"target":{},"tier":{},"rule":{{"name":{},"place":{}}},"attempts":{},"revision":{},)"
      R"("facts":{},"guards":{},"rules":{},"dropped":{},"stick":{},"order":{},"refusal":{}}})",
      e.known_name, e.target.empty() ? "null" : json_string(e.target),
      e.tier.empty() ? "null" : json_string(e.tier), json_string(e.rule), json_string(e.rule_place),
      json_string(e.attempts), json_string(e.revision), json_facts(e),
      json_array(e.guards, json_line<explanation::guard_line>),
      json_array(e.rules, json_line<explanation::rule_line>), json_array(e.dropped, json_dropped),
      e.stick.empty() ? "null" : json_string(e.stick), json_strings(e.order),
      e.refusal.empty() ? "null" : json_string(e.refusal));
}

}  // namespace nearfar::routes
