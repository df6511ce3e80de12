#include "routes/condition_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace nearfar::routes {
namespace {

std::string bound_text(const config::number_test& n) {
  using config::compare_op;
  switch (n.op) {
    case compare_op::less:
      return fmt::format("< {}", n.low);
    case compare_op::less_equal:
      return fmt::format("<= {}", n.low);
    case compare_op::greater:
      return fmt::format("> {}", n.low);
    case compare_op::greater_equal:
      return fmt::format(">= {}", n.low);
    case compare_op::equal:
      return fmt::format("{}", n.low);
    case compare_op::between:
      return fmt::format("{}..{}", n.low, n.high);
  }
  return {};
}

struct in_words {
  std::string operator()(bool b) const { return b ? "yes" : "no"; }
  std::string operator()(const std::string& s) const { return s; }
  std::string operator()(const config::number_test& n) const { return bound_text(n); }
  std::string operator()(const config::time_window& w) const {
    return fmt::format("{:02}:{:02}-{:02}:{:02} {}", w.from_minute / 60, w.from_minute % 60, w.to_minute / 60,
                       w.to_minute % 60, w.zone);
  }
  std::string operator()(const config::header_test& h) const {
    return fmt::format("{}={}{}", h.name, h.value, h.prefix ? "*" : "");
  }
};

// The local time in the zone of the condition's first value; nullopt: the zone is not known here.
std::optional<std::int64_t> local_seconds(const condition_code& code, const condition_node& node,
                                          const fact_view& v) {
  const auto zone = node.count == 0 ? none_index : code.values[node.first].zone;
  const auto& f = v.now_true;
  if (zone == none_index) return f.now.unix_seconds + f.machine_offset;
  if (zone >= f.zone_offsets.size()) return std::nullopt;
  return f.now.unix_seconds + f.zone_offsets[zone];
}

std::string clock_text(const condition_code& code, const condition_node& node, const fact_view& v) {
  constexpr std::array<const char*, 7> days{"thu", "fri", "sat", "sun",
                                            "mon", "tue", "wed"};  // 1970-01-01 first
  const auto local = local_seconds(code, node, v);
  if (!local || *local < 0) return "unknown";
  if (node.shape == fact_shape::weekday) return days[static_cast<std::size_t>(*local / 86'400 % 7)];
  return fmt::format("{:02}:{:02}", *local / 3600 % 24, *local / 60 % 60);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Whether it was sent, not what: values of headers are no business of a log.
std::string header_text(const condition_code& code, const condition_node& node, const fact_view& v) {
  for (std::uint32_t i = 0; i < node.count; ++i) {
    const auto& wanted = code.values[node.first + i].name;
    for (const auto& h : v.now_true.headers) {
      if (std::equal(h.name.begin(), h.name.end(), wanted.begin(), wanted.end(),
                     [](char a, char b) { return lower(a) == b; })) {
        return "sent";
      }
    }
  }
  return "not sent";
}

met_test test_met(const condition_code& code, const condition_node& node, const fact_view& v) {
  met_test out;
  out.fact = node.source->fact;
  out.shape = node.shape;
  out.is = met_value(code, node, v);
  const char* gap = "";
  for (const auto& value : node.source->any_of) {
    out.wants += gap + value_text(value);
    gap = " or ";
  }
  return out;
}

void collect(const condition_code& code, std::uint32_t at, truth wanted, const fact_view& v,
             std::vector<met_test>& out) {
  const auto& node = code.nodes[at];
  if (node.kind == config::condition_kind::test) {
    if (code.holds(at, v) == wanted) out.push_back(test_met(code, node, v));
    return;
  }
  const auto below = node.kind == config::condition_kind::negate ? kleene_not(wanted) : wanted;
  for (std::uint32_t i = 0; i < node.count; ++i) collect(code, code.children[node.first + i], below, v, out);
}

}  // namespace

std::string met_value(const condition_code& code, const condition_node& node, const fact_view& v) {
  switch (node.shape) {
    case fact_shape::window:
    case fact_shape::weekday:
      return clock_text(code, node, v);
    case fact_shape::header:
      return header_text(code, node, v);
    default:
      return node.fact == fact_id::declared ? declared_text(node.declared, v) : fact_text(node.fact, v);
  }
}

std::string value_text(const config::test_value& value) {
  return std::visit(in_words{}, value);
}

std::vector<met_test> reasons_for(const condition_code& code, std::uint32_t node, truth answer,
                                  const fact_view& v) {
  std::vector<met_test> out;
  collect(code, node, answer, v, out);
  return out;
}

std::string to_text(const std::vector<met_test>& reasons) {
  std::string out;
  for (const auto& r : reasons)
    out += fmt::format("{}{} is {}, wants {}", out.empty() ? "" : "; ", r.fact, r.is, r.wants);
  return out;
}

std::string file_name(const config::configuration& c) {
  return c.path.empty() ? "policy" : c.path.substr(c.path.rfind('/') + 1);
}

std::string place_text(const config::configuration& c, config::mark where) {
  return where.line == 0 ? std::string() : fmt::format("{}:{}", file_name(c), where.line);
}

std::string_view to_string(config::tier t) {
  switch (t) {
    case config::tier::device:
      return "device";
    case config::tier::self_hosted:
      return "self_hosted";
    case config::tier::remote:
      return "remote";
  }
  return "remote";
}

}  // namespace nearfar::routes
