#include "routes/explanation.hpp"

#include "routes/condition_text.hpp"
#include "routes/explain.hpp"
#include "routes/filters.hpp"
#include "routes/limits.hpp"
#include "routes/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace nearfar::routes {
namespace {

std::string_view word_of(truth t) {
  return t == truth::yes ? "yes" : t == truth::no ? "no" : "unknown";
}

class builder {
 public:
  builder(const evaluation_input& in, const plan& p, const trace& why)
      : in_(in), plan_(p), why_(why), t_(in.rules.compiled()), view_{in.asked, in.now_true} {}

  explanation build() {
    head();
    facts();
    switched();
    for (std::size_t i = 0; i < why_.guard_count; ++i) guard(i);
    for (std::size_t i = 0; i < why_.rules_seen; ++i) rule(i);
    for (std::size_t i = 0; i < why_.candidates; ++i) dropped(why_.verdicts[i]);
    if (why_.stick != stickiness::none) out_.stick = stick();
    for (std::size_t i = 0; i < plan_.size; ++i) out_.order.push_back(t_.targets[plan_.order[i]].name);
    if (plan_.size == 0) out_.refusal = explain_empty(in_.rules, in_.asked, plan_, why_).message;
    return std::move(out_);
  }

 private:
  void head() {
    out_.known_name = plan_.known_name;
    if (const auto first = first_usable(); first != none_index) {
      out_.target = t_.targets[first].name;
      out_.tier = to_string(t_.targets[first].tier);
    }
    out_.rule = in_.rules.rule_name(plan_.rule);
    if (plan_.rule != none_index)
      out_.rule_place = place_text(*t_.source, t_.source->rules[plan_.rule].where);
    out_.attempts = in_.rules.attempts(plan_.attempts).name;
    out_.revision = in_.rules.revision();
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

  void fact(const std::string& name, std::string value) {
    const auto same = [&](const auto& one) { return one.first == name; };
    if (std::none_of(out_.facts.begin(), out_.facts.end(), same))
      out_.facts.emplace_back(name, std::move(value));
  }
  void fact(fact_id id) { fact(std::string(info_of(id).name), fact_text(id, view_)); }

  // Not a reason to be dropped, so nothing else would tell.
  void switched() {
    for (std::size_t i = 0; i < plan_.size; ++i) {
      if (in_.now < snapshot_of(in_, plan_.order[i]).last_until)
        out_.facts.emplace_back("last by hand", t_.targets[plan_.order[i]].name);
    }
  }

  void facts() {
    fact("model", std::string(in_.asked.model));
    for (const auto id :
         {fact_id::privacy, fact_id::input_tokens, fact_id::output_tokens, fact_id::network, fact_id::lan}) {
      fact(id);
    }
    for (const auto id : {fact_id::tools, fact_id::images, fact_id::audio, fact_id::json, fact_id::stream}) {
      if (choice_of(id, view_) == 1U) fact(id);
    }
    for (const auto& node : t_.code.nodes) {  // and whatever else the policy asks for
      if (node.kind != config::condition_kind::test || node.source == nullptr) continue;
      fact(node.source->fact, met_value(t_.code, node, view_));
    }
  }

  std::string because(std::uint32_t node, truth answer) const {
    auto text = to_text(reasons_for(t_.code, node, answer, view_));
    return text.empty() ? "always" : text;
  }

  // The condition of what has ended was never asked.
  std::string because(std::uint32_t node, truth answer, std::int64_t until) const {
    if (in_.now_true.now.unix_seconds >= until) return "its `until` has passed";
    return because(node, answer);
  }

  void guard(std::size_t i) {
    const auto& row = t_.guards[i];
    const auto& from = t_.source->guards[i];
    const auto when = why_.guards[i];
    const bool lifted = when != truth::no && why_.unlesses[i] == truth::yes;
    out_.guards.push_back({from.name, std::string(lifted ? "lifted" : word_of(when)),
                           lifted ? because(*row.unless, truth::yes) : because(row.when, when, row.until),
                           place_text(*t_.source, from.where)});
  }

  void rule(std::size_t i) {
    const auto& from = t_.source->rules[i];
    out_.rules.push_back({from.name, std::string(word_of(why_.rules[i])),
                          because(t_.rules[i].when, why_.rules[i], t_.rules[i].until),
                          place_text(*t_.source, from.where)});
  }

  void dropped(const verdict& v) {
    if (v.reason == drop_reason::kept) return;
    std::string place;
    if (v.reason == drop_reason::limit) {
      if (v.guard < limit_count(in_.rules)) place = place_text(*t_.source, t_.source->limits[v.guard].where);
    } else if (v.guard != none_index) {
      place = place_text(*t_.source, t_.source->guards[v.guard].where);
    }
    out_.dropped.push_back({t_.targets[v.target].name, std::string(to_string(v.reason)), drop_text(in_, v),
                            std::move(place), !is_permanent(v.reason)});
  }

  std::string sticky_left() const {
    const auto& v = why_.sticky;
    if (v.reason != drop_reason::kept) return drop_text(in_, v);
    const bool by_hand = in_.now < snapshot_of(in_, v.target).last_until;
    return by_hand ? "put last by hand" : "behind others in the client's own order";
  }

  // Leaving has its price: the history is read anew.
  std::string stick() const {
    const auto& name = t_.targets[why_.sticky.target].name;
    if (why_.stick == stickiness::stays) {
      const auto since = std::chrono::duration_cast<std::chrono::seconds>(in_.now - in_.sticky.since);
      return fmt::format("{} stays, it has answered this conversation for {} s", name, since.count());
    }
    auto text = fmt::format("{} left: {}", name, sticky_left());
    const auto to = first_usable();
    if (to == none_index) return text;
    text += fmt::format("; {} reads {} tokens anew", t_.targets[to].name, in_.asked.input_tokens);
    if (const auto price = t_.targets[to].price_input) {
      text += fmt::format(", {:.4f} USD", *price * static_cast<double>(in_.asked.input_tokens) / 1e6);
    }
    if (in_.asked.reasoning_signed)
      text += "; its history bears signed reasoning that only the issuer can read";
    return text;
  }

  const evaluation_input& in_;
  const plan& plan_;
  const trace& why_;
  const policy::tables& t_;
  fact_view view_;
  explanation out_;
};

}  // namespace

explanation explained(const evaluation_input& in, const plan& p, const trace& why) {
  return builder(in, p, why).build();
}

}  // namespace nearfar::routes
