#include "routes/explain.hpp"

#include "routes/filters.hpp"
#include "routes/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

namespace nearfar::routes {
namespace {

std::string_view tier_name(config::tier t) {
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

std::string_view file_name(const config::configuration& c) {
  const std::string_view path = c.path.empty() ? std::string_view("policy") : std::string_view(c.path);
  return path.substr(path.rfind('/') + 1);
}

std::string place(const config::configuration& c, config::mark where) {
  return where.line == 0 ? std::string() : fmt::format("{}:{}", file_name(c), where.line);
}

double seconds_until(instant from, instant to) {
  return to > from ? std::ceil(std::chrono::duration<double>(to - from).count()) : 0.0;
}

std::string park_text(const evaluation_input& in, const park& parked) {
  switch (parked.reason) {
    case park_reason::auth:
      return "parked, its key was refused";
    case park_reason::exhausted:
      return "parked, its quota is used up";
    case park_reason::not_installed:
      return "parked, not installed";
    case park_reason::rate_limited:
      return fmt::format("rate limited, again in {} s", seconds_until(in.now, parked.until));
    case park_reason::none:
      return "parked";
  }
  return "parked";
}

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

struct value_text {
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

std::string test_text(const condition_node& node, const fact_view& v) {
  std::string wanted;
  const char* gap = "";
  for (const auto& value : node.source->any_of) {
    wanted += gap + std::visit(value_text{}, value);
    gap = " or ";
  }
  const auto is = node.fact == fact_id::declared ? declared_text(node.declared, v) : fact_text(node.fact, v);
  return fmt::format("{} is {}, wants {}", node.source->fact, is, wanted);
}

// The tests that made the condition what it is: those of the same answer, turned over by a `not`.
void reasons(const condition_code& code, std::uint32_t at, truth wanted, const fact_view& v,
             std::string& out) {
  const auto& node = code.nodes[at];
  if (node.kind == config::condition_kind::test) {
    if (code.holds(at, v) != wanted) return;
    if (!out.empty()) out += "; ";
    out += test_text(node, v);
    return;
  }
  const auto below = node.kind == config::condition_kind::negate ? kleene_not(wanted) : wanted;
  for (std::uint32_t i = 0; i < node.count; ++i) reasons(code, code.children[node.first + i], below, v, out);
}

class writer {
 public:
  writer(const evaluation_input& in, const plan& p, const trace& why)
      : in_(in), plan_(p), why_(why), t_(in.rules.compiled()), view_{in.asked, in.now_true} {}

  std::string write() {
    target_line();
    facts_line();
    for (std::size_t i = 0; i < why_.guard_count; ++i) guard_line(i);
    dropped_lines();
    order_line();
    return std::move(text_);
  }

 private:
  void head(std::string_view word) { fmt::format_to(std::back_inserter(text_), "{:<9}", word); }

  template <class... Args>
  void put(fmt::format_string<Args...> form, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), form, std::forward<Args>(args)...);
  }

  const target& at(target_index i) const { return t_.targets[i]; }

  void target_line() {
    head("target");
    const auto first = first_usable();
    if (first == none_index) {
      put("none");
    } else {
      put("{} ({})", at(first).name, tier_name(at(first).tier));
    }
    put("   rule {}", in_.rules.rule_name(plan_.rule));
    if (plan_.rule != none_index) put("  {}", place(*t_.source, t_.source->rules[plan_.rule].where));
    put("   attempts {}   revision {}\n", in_.rules.attempts(plan_.attempts).name, in_.rules.revision());
  }

  // What the plan begins with: the first that nothing holds back, else the first of all.
  target_index first_usable() const {
    for (std::size_t i = 0; i < plan_.size; ++i) {
      if (reason_of(plan_.order[i]) == drop_reason::kept) return plan_.order[i];
    }
    return plan_.size != 0 ? plan_.order[0] : none_index;
  }

  drop_reason reason_of(target_index i) const {
    for (std::size_t c = 0; c < why_.candidates; ++c) {
      if (why_.verdicts[c].target == i) return why_.verdicts[c].reason;
    }
    return drop_reason::kept;
  }

  void facts_line() {
    head("facts");
    put("model={}  privacy={}", in_.asked.model, fact_text(fact_id::privacy, view_));
    std::vector<std::string> named{"model", "privacy"};
    const auto fact = [&](const std::string& name, const std::string& value) {
      if (std::find(named.begin(), named.end(), name) != named.end()) return;
      named.push_back(name);
      put("  {}={}", name, value);
    };
    for (const auto id : {fact_id::input_tokens, fact_id::output_tokens, fact_id::network, fact_id::lan}) {
      fact(std::string(info_of(id).name), fact_text(id, view_));
    }
    for (const auto id : {fact_id::tools, fact_id::images, fact_id::audio, fact_id::json, fact_id::stream}) {
      if (choice_of(id, view_) == 1U) fact(std::string(info_of(id).name), "yes");
    }
    for (const auto& node : t_.code.nodes) {  // and whatever else the policy asks for
      if (node.kind != config::condition_kind::test || node.source == nullptr) continue;
      fact(node.source->fact, node.fact == fact_id::declared ? declared_text(node.declared, view_)
                                                             : fact_text(node.fact, view_));
    }
    put("\n");
  }

  void guard_line(std::size_t i) {
    head(i == 0 ? "guards" : "");
    const auto when = why_.guards[i];
    const bool lifted = why_.unlesses[i] == truth::yes;
    const std::string_view word = when == truth::no    ? "no"
                                  : lifted             ? "lifted"
                                  : when == truth::yes ? "YES"
                                                       : "UNKNOWN";
    put("{:<24} {:<8}", t_.source->guards[i].name, word);
    std::string because;
    const auto& row = t_.guards[i];
    if (lifted) {
      reasons(t_.code, *row.unless, truth::yes, view_, because);
    } else {
      reasons(t_.code, row.when, when, view_, because);
    }
    put("{}\n", because.empty() ? "always" : because);
  }

  void dropped_lines() {
    bool first = true;
    for (std::size_t c = 0; c < why_.candidates; ++c) {
      const auto& v = why_.verdicts[c];
      if (v.reason == drop_reason::kept) continue;
      head(first ? "dropped" : "");
      put("{:<24} {}", at(v.target).name, drop_text(in_, v));
      if (v.guard != none_index) put("  {}", place(*t_.source, t_.source->guards[v.guard].where));
      if (!is_permanent(v.reason)) put("  (looked at again)");
      put("\n");
      first = false;
    }
  }

  void order_line() {
    head("order");
    for (std::size_t i = 0; i < plan_.size; ++i) put("{}{}", i == 0 ? "" : ", ", at(plan_.order[i]).name);
    put("{}\n", plan_.size == 0 ? "nothing left" : "");
  }

  const evaluation_input& in_;
  const plan& plan_;
  const trace& why_;
  const policy::tables& t_;
  fact_view view_;
  std::string text_;
};

}  // namespace

std::string drop_text(const evaluation_input& in, const verdict& v) {
  const auto& t = in.rules.targets()[v.target];
  switch (v.reason) {
    case drop_reason::kept:
      return "kept";
    case drop_reason::no_tools:
      return "takes no tools";
    case drop_reason::no_images:
      return "takes no images";
    case drop_reason::no_audio:
      return "takes no audio";
    case drop_reason::no_json:
      return "gives no JSON by schema";
    case drop_reason::no_stream:
      return "does not stream";
    case drop_reason::other_model:
      return "is another model";
    case drop_reason::context_too_small:
      return fmt::format("context {} < {} + {}", t.context.value_or(0), in.asked.input_tokens,
                         in.asked.output_tokens);
    case drop_reason::guard_allow:
    case drop_reason::guard_deny:
      return fmt::format("guard {}", in.rules.guard_name(v.guard));
    case drop_reason::key:
      return "the key may not use it";
    case drop_reason::rule_only:
      return "left out by `only` of the rule";
    case drop_reason::max_price:
      return t.price_input && t.price_output ? "above max_price of the rule"
                                             : "unknown price, and the rule has a max_price";
    case drop_reason::breaker_open:
      return fmt::format("breaker open, again in {} s",
                         seconds_until(in.now, snapshot_of(in, v.target).breaker_reopens));
    case drop_reason::parked:
      return park_text(in, snapshot_of(in, v.target).parked);
    case drop_reason::queue_full:
      return "its queue is full";
    case drop_reason::unreachable:
      return t.needs == reach::lan
                 ? "unreachable, lan is down"
                 : "unreachable, network is " + fact_text(fact_id::network, {in.asked, in.now_true});
    case drop_reason::absent:
      return "absent: no key, or its model is not installed";
  }
  return "dropped";
}

std::string explain(const evaluation_input& in, const plan& p, const trace& why) {
  return writer(in, p, why).write();
}

}  // namespace nearfar::routes
