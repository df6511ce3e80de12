#include "routes/condition_text.hpp"

#include <fmt/format.h>

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

met_test test_met(const condition_node& node, const fact_view& v) {
  met_test out;
  out.fact = node.source->fact;
  out.shape = node.shape;
  out.is = node.fact == fact_id::declared ? declared_text(node.declared, v) : fact_text(node.fact, v);
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
    if (code.holds(at, v) == wanted) out.push_back(test_met(node, v));
    return;
  }
  const auto below = node.kind == config::condition_kind::negate ? kleene_not(wanted) : wanted;
  for (std::uint32_t i = 0; i < node.count; ++i) collect(code, code.children[node.first + i], below, v, out);
}

}  // namespace

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
